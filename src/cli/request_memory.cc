#include "cli/request_memory.h"

#include <algorithm>
#include <string>

#include "base/memory.h"

namespace credence::cli {

namespace {

constexpr std::uint64_t kProgramBytes = 192 << 20;  // the engine and a small model take 130 to 180

}  // namespace

std::uint64_t RequestMemory(std::uint64_t stated) {
  if (stated != 0) return stated;
  const std::uint64_t usable = UsableMemory();
  const std::uint64_t left = usable > kProgramBytes ? usable - kProgramBytes : 0;
  return std::max(left / 4 * 3, usable / 4);
}

void TellRequestMemory(const ByteBudget& memory, std::uint64_t body_bytes_max, Log& log) {
  const std::uint64_t largest = memory.Most(ByteUse::kBody);
  if (body_bytes_max <= largest) return;
  log.Warning("bodies may fill half of the memory of requests; larger ones are refused",
              {{"memory_max", std::to_string(memory.limit())},
               {"largest", std::to_string(largest)},
               {"body_bytes_max", std::to_string(body_bytes_max)}});
}

}  // namespace credence::cli
