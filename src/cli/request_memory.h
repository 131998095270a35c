// The memory that requests may hold together (--memory-max).
#pragma once

#include <cstdint>

#include "base/byte_budget.h"
#include "base/log.h"

namespace credence::cli {

// Bytes. `stated`: 0 for three quarters of what the container or the machine has beyond what the
// program itself takes, at least a quarter of all.
std::uint64_t RequestMemory(std::uint64_t stated);

// Warns when that is less than bodies of `body_bytes_max` need.
void TellRequestMemory(const ByteBudget& memory, std::uint64_t body_bytes_max, Log& log);

}  // namespace credence::cli
