#include "api/access_log.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace credence::api {
namespace {

LineWriter::Options OfAccessLog() {
  return {.thread_name = "access-log",
          .gather = std::chrono::milliseconds(100),
          .lost_line = [](std::uint64_t lines) {
            return R"({"dropped_lines":)" + std::to_string(lines) + "}\n";
          }};
}

}  // namespace

Result<std::unique_ptr<AccessLog>> AccessLog::Open(const std::string& target) {
  std::unique_ptr<LineWriter> writer;
  if (target == "-") {
    writer = std::make_unique<LineWriter>(STDOUT_FILENO, OfAccessLog());
  } else if (target != "off") {
    auto opened = LineWriter::Open(target, OfAccessLog());
    if (!opened) return Annotate(opened.error(), "cannot open the access log");
    writer = *std::move(opened);
  }
  return std::unique_ptr<AccessLog>(new AccessLog(std::move(writer)));
}

Result<void> AccessLog::Check(const std::string& target) {
  if (target == "-" || target == "off") return {};
  std::error_code none;
  const bool there = std::filesystem::exists(target, none);
  const std::filesystem::path folder = std::filesystem::absolute(target).parent_path();
  const bool writable =
      there ? ::access(target.c_str(), W_OK) == 0 : ::access(folder.c_str(), W_OK | X_OK) == 0;
  if (writable && !std::filesystem::is_directory(target, none)) return {};
  return Error{Code::kUnavailable, "cannot write the access log " + target + ": " +
                                       (writable ? "it is a folder" : std::strerror(errno))};
}

void AccessLog::Reopen() {
  if (enabled()) writer_->Reopen();
}

}  // namespace credence::api
