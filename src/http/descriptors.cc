#include "http/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/list_folder.h"

namespace credence::http {
namespace {

long OpenDescriptors() {
  long count = 0;
  ForEachName("/proc/self/fd", [&count](const char*) {
    ++count;
    return true;
  });
  return count;
}

long ToLong(rlim_t limit) {
  constexpr auto kMax = static_cast<rlim_t>(std::numeric_limits<int>::max());
  return static_cast<long>(std::min(limit, kMax));
}

}  // namespace

int ConnectionsWithin(int wanted, long limit, long open) {
  const long free = std::max(limit - open, 0L);
  const long room = free - std::min<long>(kDescriptorsKept, free / 2);
  return static_cast<int>(std::clamp<long>(room, 1, std::max(wanted, 1)));
}

int RoomForConnections(int wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const long open = OpenDescriptors();
  const auto needed = static_cast<rlim_t>(open + wanted + kDescriptorsKept);
  if (limit.rlim_cur < needed && limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = std::min(needed, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return ConnectionsWithin(wanted, ToLong(limit.rlim_cur), open);
}

SpareDescriptors::SpareDescriptors(int count) : count_(static_cast<std::size_t>(count)) {
  {
    auto held = held_.lock();
    held->reserve(count_);  // so that Whole needs no memory
  }
  static_cast<void>(Whole());
}

SpareDescriptors::~SpareDescriptors() {
  while (Give()) {
  }
}

bool SpareDescriptors::Whole() {
  if (whole_.load(std::memory_order_relaxed)) return true;
  auto held = held_.lock();
  while (held->size() < count_) {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    held->push_back(fd);
  }
  whole_.store(true, std::memory_order_relaxed);
  return true;
}

bool SpareDescriptors::Give() {
  auto held = held_.lock();
  if (held->empty()) return false;
  whole_.store(false, std::memory_order_relaxed);
  ::close(held->back());
  held->pop_back();
  return true;
}

}  // namespace credence::http
