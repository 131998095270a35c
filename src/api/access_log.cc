#include "api/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/thread_role.h"

namespace credence::api {
namespace {

constexpr std::size_t kWaitingBytesMax = 4 << 20;
constexpr std::chrono::milliseconds kFlushEvery{100};

void WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // a closed pipe: nobody reads the log any more
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

Result<std::unique_ptr<AccessLog>> AccessLog::Open(const std::string& target) {
  int fd = -1;
  if (target == "-") {
    fd = ::dup(STDOUT_FILENO);
  } else if (target != "off") {
    fd = ::open(target.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  }
  if (fd < 0 && target != "off") {
    return Error{Code::kUnavailable,
                 "cannot open the access log " + target + ": " + std::strerror(errno)};
  }
  return std::unique_ptr<AccessLog>(new AccessLog(fd));
}

AccessLog::AccessLog(int fd) : fd_(fd) {
  if (enabled()) flusher_ = std::jthread([this](const std::stop_token& stop) { Flush(stop); });
}

AccessLog::~AccessLog() {
  if (!enabled()) return;
  flusher_.request_stop();
  flusher_.join();
  ::close(fd_);
}

void AccessLog::Append(std::string_view line) {
  const std::scoped_lock lock(mutex_);
  if (waiting_.size() + line.size() > kWaitingBytesMax) {
    ++dropped_;
    return;
  }
  waiting_.append(line);
}

void AccessLog::Flush(const std::stop_token& stop) {
  EnterThread("access-log", ThreadRole::kBackground);
  std::string writing;
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, kFlushEvery, [] { return false; });
      last = stop.stop_requested();
      writing.swap(waiting_);
      if (dropped_ > 0) {
        writing.append("{\"dropped_lines\":").append(std::to_string(dropped_)).append("}\n");
        dropped_ = 0;
      }
    }
    WriteAll(fd_, writing);
    writing.clear();
  }
}

}  // namespace credence::api
