#include "cli/request_memory.h"

#include <string>

#include "base/memory.h"

namespace credence::cli {

std::uint64_t RequestMemory(std::uint64_t stated) {
  return stated != 0 ? stated : UsableMemory() / 4 * 3;
}

void TellRequestMemory(const ByteBudget& memory, std::uint64_t body_bytes_max, Log& log) {
  const std::uint64_t largest = memory.Most(ByteUse::kBody);
  if (body_bytes_max <= largest) return;
  log.Warning(
      "bodies may fill half of the memory of requests; larger ones are refused",
      {{"memory_max", memory.limit()}, {"largest", largest}, {"body_bytes_max", body_bytes_max}});
}

}  // namespace credence::cli
