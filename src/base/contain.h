// Where exceptions end: whoever does work for others attempts it, and gets what was thrown as an
// Error. A failed allocation is then one request's or one file's trouble, not the process's.
#pragma once

#include <optional>

#include "base/result.h"

namespace credence {

// What the exception in flight says: kResourceExhausted - "out of memory" or another resource that
// the system has run out of (threads, descriptors); kInternal - anything else, with its text.
// Allocates nothing that it cannot do without. REQUIRES: called within a catch clause.
Error CaughtError() noexcept;

// Does `step`; returns what it threw.
template <class Step>
std::optional<Error> Attempt(Step&& step) noexcept {
  try {
    step();
    return std::nullopt;
  } catch (...) {
    return CaughtError();
  }
}

}  // namespace credence
