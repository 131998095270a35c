// A child process that does what might crash, hang or take too much memory, so that this one does
// not.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence {

struct ChildEnd {
  enum class Kind {
    kExited,     // by itself, with the status `value`
    kSignalled,  // by the signal `value`
    kTimedOut,   // was killed: its time was over
    kStopped,    // was killed: `stop` was requested
  } kind = Kind::kExited;
  int value = 0;
  std::string output;  // its standard output, the first 64 KiB
};

// Runs a program, {path, arguments …}, to its end, which it waits for. The child has nothing but
// its standard output: no input, no standard error, none of our descriptors, no blocked signals.
// Threads: any. Errors: kUnavailable - it cannot be started.
Result<ChildEnd> RunChild(const std::vector<std::string>& command,
                          std::chrono::milliseconds time_max, const std::stop_token& stop = {});

// In the child: has it killed when the thread that started it ends. Returns false when the process
// `parent`, which that was one of, is gone already.
bool EndWithParent(int parent);

}  // namespace credence
