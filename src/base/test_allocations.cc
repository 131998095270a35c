#include "base/test_allocations.h"

#include <cstdlib>
#include <new>

namespace credence {
namespace {

thread_local std::uint64_t counted = 0;
thread_local std::uint64_t failing = 0;

}  // namespace

void FailAllocation(std::uint64_t at) {
  counted = 0;
  failing = at;
}

std::uint64_t CountedAllocations() { return counted; }

// Not inlined: the compiler would see that what `new` gives comes from malloc, and warn.
[[gnu::noinline]] static void* Allocate(std::size_t bytes) {
  return ++counted == failing ? nullptr : std::malloc(bytes == 0 ? 1 : bytes);
}

static void* AllocateOrThrow(std::size_t bytes) {
  void* const memory = Allocate(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

[[gnu::noinline]] static void Free(void* memory) noexcept { std::free(memory); }

}  // namespace credence

// All but those for a given alignment. That without an exception is replaced, too: a sanitizer has
// one of its own, whose memory does not come from malloc.
void* operator new(std::size_t bytes) { return credence::AllocateOrThrow(bytes); }
void* operator new[](std::size_t bytes) { return credence::AllocateOrThrow(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return credence::Allocate(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return credence::Allocate(bytes);
}
void operator delete(void* memory) noexcept { credence::Free(memory); }
void operator delete[](void* memory) noexcept { credence::Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { credence::Free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { credence::Free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { credence::Free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { credence::Free(memory); }
