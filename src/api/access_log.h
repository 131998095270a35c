// AccessLog writes a JSON line for each request, every 100 ms those of the last 100 ms.
//
// Overload: when 4 MiB wait because the reader of the pipe is slow, further lines are dropped and
//           counted. Append never waits.
// Threads:  thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"

namespace credence::api {

class AccessLog {
 public:
  // `target`: "-" standard output, "off", or a file to append to.
  // Errors: kUnavailable - the file cannot be opened.
  static Result<std::unique_ptr<AccessLog>> Open(const std::string& target);
  ~AccessLog();  // writes what waits

  bool enabled() const { return fd_ >= 0; }
  // `line` ends with '\n'.
  void Append(std::string_view line);

 private:
  explicit AccessLog(int fd);
  void Flush(const std::stop_token& stop);

  const int fd_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  std::jthread flusher_;  // "access-log"
};

}  // namespace credence::api
