// What a thread is for, told to the operating system: its name, and how it shares a processor.
#pragma once

#include <string>

namespace credence {

enum class ThreadRole {
  // Answers requests. Takes the processor over from any thread of another role as soon as it has
  // something to do, where the kernel knows how to (Linux 6.12): it asks for short slices.
  kServing,
  // Long work beside that: nice 10, and so is every thread that it starts.
  kBackground,
};

// Names the calling thread (15 characters are kept) and gives it the role. Best effort: what the
// kernel does not know or allow changes nothing.
void EnterThread(const std::string& name, ThreadRole role);

}  // namespace credence
