// Signals is what a server's main thread waits for: signals, and a word from another thread.
// One thread at a time waits; Notify is thread-safe.
#pragma once

namespace credence::cli {

class Signals {
 public:
  // Blocks SIGTERM, SIGINT and SIGHUP for this thread and all that it starts; ignores SIGPIPE.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Waits; returns the signal's number, or 0 after Notify.
  int Next();

  // Ends the present Next, or the next one.
  void Notify();

 private:
  int signals_ = -1;
  int notified_ = -1;
};

}  // namespace credence::cli
