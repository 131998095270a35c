#include "base/thread_role.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace credence {
namespace {

constexpr int kBackgroundNice = 10;
constexpr std::uint64_t kServingSliceNs = 100'000;  // the shortest that the kernel takes

// struct sched_attr of sched_setattr(2), which older C libraries do not declare.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;  // of SCHED_OTHER: the length of a slice
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

void AskForShortSlices() {
  SchedulingAttributes attributes;
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.policy != SCHED_OTHER) return;  // whoever started the process chose another
  attributes.runtime_ns = kServingSliceNs;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace

void EnterThread(const std::string& name, ThreadRole role) {
  pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
  switch (role) {
    case ThreadRole::kServing:
      return AskForShortSlices();
    case ThreadRole::kBackground:
      setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kBackgroundNice);
  }
}

}  // namespace credence
