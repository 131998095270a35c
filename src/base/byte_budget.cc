#include "base/byte_budget.h"

#include <string>

namespace credence {

Error OverBudget(const ByteBudget& budget, ByteUse use, std::string_view what,
                 std::uint64_t bytes) {
  const std::string needs =
      std::string(what) + " needs " + std::to_string(bytes) + " bytes of memory";
  const std::uint64_t most = budget.Most(use);
  if (bytes > most) {
    return {Code::kTooLarge,
            needs + "; the limit is " + std::to_string(most) + " (see --memory-max)"};
  }
  return {Code::kResourceExhausted, "overloaded: " + needs + ", and " +
                                        std::to_string(budget.used()) + " of " +
                                        std::to_string(most) + " are in use"};
}

}  // namespace credence
