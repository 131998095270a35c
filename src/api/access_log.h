// AccessLog writes a JSON line for each request, every 100 ms those of the last 100 ms.
//
// Overload: Append never waits; what cannot be written is lost and counted (base/line_writer.h).
// Threads:  thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/line_writer.h"
#include "base/result.h"

namespace credence::api {

class AccessLog {
 public:
  // `target`: "-" standard output, "off", or a file to append to.
  // Errors: kUnavailable - the file cannot be opened.
  static Result<std::unique_ptr<AccessLog>> Open(const std::string& target);

  // Whether Open could succeed. Makes no file.
  static Result<void> Check(const std::string& target);

  bool enabled() const { return writer_ != nullptr; }
  // `line` ends with '\n'. REQUIRES: enabled().
  void Append(std::string_view line) { writer_->Append(line); }
  // A line that could not be made, for want of memory, is lost. REQUIRES: enabled().
  void CountLost() { writer_->CountLost(); }
  // Opens the file again, after a log rotation.
  void Reopen();
  std::uint64_t lost() const { return enabled() ? writer_->lost() : 0; }  // lines, until now

 private:
  explicit AccessLog(std::unique_ptr<LineWriter> writer) : writer_(std::move(writer)) {}

  const std::unique_ptr<LineWriter> writer_;
};

}  // namespace credence::api
