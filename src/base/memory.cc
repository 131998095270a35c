#include "base/memory.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

#include "base/control_group.h"
#include "base/thread_role.h"

namespace credence {
namespace {

constexpr std::chrono::seconds kPeriod{1};
constexpr std::uint64_t kTrimFromBytes = 16 << 20;  // freed since the last time

}  // namespace

std::uint64_t BytesOfMemoryMax(std::string_view memory_max) {
  std::uint64_t bytes = 0;
  const char* const end = memory_max.data() + memory_max.size();
  const auto read = std::from_chars(memory_max.data(), end, bytes);
  return read.ec == std::errc() && read.ptr == end && bytes > 0 ? bytes : UINT64_MAX;
}

std::uint64_t UsableMemory() {
  std::uint64_t bytes = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                        static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  ForEachControlGroup("memory.max", [&bytes](const std::string& memory_max) {
    bytes = std::min(bytes, BytesOfMemoryMax(memory_max));
  });
  return bytes;
}

HeapTrimmer::HeapTrimmer(const ByteBudget& budget)
    : budget_(budget), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void HeapTrimmer::Run(const std::stop_token& stop) {
  EnterThread("memory", ThreadRole::kBackground);
  std::uint64_t seen = budget_.freed();
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    stopped_.wait_for(lock, stop, kPeriod, [] { return false; });
    const std::uint64_t freed = budget_.freed();
    if (freed - seen < kTrimFromBytes) continue;
    seen = freed;
    malloc_trim(0);
  }
}

}  // namespace credence
