#include "http/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <limits>
#include <system_error>

namespace credence::http {
namespace {

long OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  return error ? 0 : static_cast<long>(std::distance(begin(all), end(all)));
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

bool SpareDescriptor::Take() {
  if (fd_ < 0) fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  return fd_ >= 0;
}

void SpareDescriptor::Give() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace credence::http
