// LineWriter writes lines to a file descriptor from a thread of its own, so that whoever logs never
// waits for the reader of a pipe or for a disk.
//
// Overload: when kWaitingBytesMax wait, further lines are lost. So are lines that cannot be written
//           (disk full, pipe closed, no memory). Lost ones are counted, and as soon as lines can be
//           written again one says how many they were.
// Shutdown: the destructor writes what waits, for kExitLimit at most; the rest is lost.
// Threads:  thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace credence {

class LineWriter {
 public:
  static constexpr std::size_t kWaitingBytesMax = 4 << 20;
  static constexpr std::chrono::milliseconds kExitLimit{1000};

  struct Options {
    std::string thread_name;
    // How long lines are gathered before they are written; 0: written at once.
    std::chrono::milliseconds gather{0};
    // The line, with its end, that says that `lines` were lost.
    std::function<std::string(std::uint64_t lines)> lost_line;
  };

  // To a descriptor, which must stay open as long as the process lives. Throws when the system
  // gives no memory or no thread, as Open does.
  LineWriter(int fd, Options options);
  // To the end of a file, which is made if need be, and opened again by Reopen and when another
  // file has its path (log rotation), which is looked for every second.
  // Errors: kUnavailable - the file cannot be opened.
  static Result<std::unique_ptr<LineWriter>> Open(const std::string& path, Options options);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  ~LineWriter();

  // `line` ends with '\n'. Never waits for the file, and never throws: without memory it is lost.
  void Append(std::string_view line) noexcept;
  // One more line was lost: there was no memory to write it.
  void CountLost() noexcept;
  // Opens the file again, soon; until that works the old one is written to.
  void Reopen();
  std::uint64_t lost() const;  // lines, until now
  // As the destructor does, which then finds nothing to do. What is appended later is lost.
  void End();

 private:
  struct Shared;
  explicit LineWriter(std::shared_ptr<Shared> shared);

  const std::shared_ptr<Shared> shared_;  // with the thread, which may outlive the writer
};

}  // namespace credence
