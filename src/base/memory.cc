#include "base/memory.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/control_group.h"
#include "base/thread_role.h"

namespace credence {
namespace {

constexpr std::chrono::seconds kPeriod{1};
constexpr std::uint64_t kTrimFromBytes = 16 << 20;  // freed since the last time

}  // namespace

std::uint64_t UsableMemory() {
  const std::uint64_t bytes = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                              static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return std::min(bytes, ControlGroupMemory());
}

HeapTrimmer::HeapTrimmer(const ByteBudget& budget)
    : budget_(budget), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void HeapTrimmer::Run(const std::stop_token& stop) {
  EnterThread("memory", ThreadRole::kBackground);
  std::uint64_t seen = budget_.freed();
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    stopped_.wait_for(lock, stop, kPeriod, [] { return false; });
    const std::uint64_t freed = budget_.freed();
    if (freed - seen < kTrimFromBytes) continue;
    seen = freed;
    malloc_trim(0);
  }
}

}  // namespace credence
