// Times for people and files. Threads: pure.
#pragma once

#include <string>

#include "base/clock.h"

namespace credence {

// RFC 3339 in UTC, whole seconds: "2026-11-22T21:45:28Z".
std::string Rfc3339(WallTime time);

}  // namespace credence
