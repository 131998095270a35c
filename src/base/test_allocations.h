// Lets an allocation fail, in tests. A test executable that lists test_allocations.cc has its
// operator new replaced. Threads: each counts and fails its own.
#pragma once

#include <cstdint>

namespace credence {

// From now on the `at`-th allocation by operator new on this thread throws std::bad_alloc, once;
// 0: none does.
void FailAllocation(std::uint64_t at);

// Allocations of this thread since the last FailAllocation.
std::uint64_t CountedAllocations();

}  // namespace credence
