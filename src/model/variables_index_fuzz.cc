// Any bytes as variables.index: what its shards must hold, or an error.
#include <cstddef>
#include <cstdint>

#include "model/variables_index.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const bool verify : {true, false}) {
    const auto index =
        credence::model::ReadVariablesIndex({data, size}, {.verify_checksums = verify});
    if (!index) continue;
    if (index->shards == 0 || index->shards > 100'000) __builtin_trap();
    for (const std::int64_t bytes : index->ShardBytes()) {
      if (bytes < 0) __builtin_trap();
    }
  }
  return 0;
}
