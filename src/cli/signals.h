// Signals is what a server's main thread waits for: signals, a word from another thread, or time.
// One thread at a time waits; Notify is thread-safe.
#pragma once

#include <chrono>
#include <optional>

namespace credence::cli {

class Signals {
 public:
  // Blocks SIGTERM, SIGINT and SIGHUP for this thread and all that it starts; ignores SIGPIPE.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  static constexpr int kNone = -1;

  // Waits; returns the signal's number, 0 after Notify, or kNone when `limit` is over.
  int Next(std::optional<std::chrono::milliseconds> limit = std::nullopt);

  // Ends the present Next, or the next one.
  void Notify();

 private:
  int signals_ = -1;
  int notified_ = -1;
};

}  // namespace credence::cli
