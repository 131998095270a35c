// ReadVariablesIndex reads variables/variables.index: which shards hold a SavedModel's weights.
//
// The file is a table in LevelDB's format: blocks of sorted keys, an index block that lists them,
// and a footer of 48 bytes. Its values are TensorFlow's BundleHeaderProto (at the empty key) and
// BundleEntryProto (one a tensor). Pure but for CheckVariables.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence::model {

// Where a tensor lies.
struct StoredTensor {
  std::size_t shard = 0;
  std::int64_t offset = 0, bytes = 0;
  // CRC-32C of its bytes, masked; nullopt for strings, whose checksum is another.
  std::optional<std::uint32_t> crc;
};

struct VariablesIndex {
  std::size_t shards = 0;
  std::vector<StoredTensor>
      tensors;  // by shard and offset, none over another; those of 0 bytes not

  // What each shard must hold at least.
  std::vector<std::int64_t> ShardBytes() const;
};

struct VariablesIndexOptions {
  bool verify_checksums = true;  // off: fuzzers reach what lies behind the checksums
};

// At most 100,000 shards and 1,000,000 tensors.
// Errors: kDataLoss - damaged or cut short, saying where; kTooLarge - over a limit;
//         kUnimplemented - a compressed block, which TensorFlow does not write here.
Result<VariablesIndex> ReadVariablesIndex(std::span<const std::uint8_t> bytes,
                                          const VariablesIndexOptions& options = {});

// "variables.data-00000-of-00002"
std::string ShardName(std::size_t shard, std::size_t shards);

// Checks that each shard that DIR/variables/variables.index names is there with the length that its
// tensors need, and that the tensors have their checksums: reads every byte of the weights. A
// SavedModel without that file has no variables and passes.
// Errors: as ReadVariablesIndex; kDataLoss - a shard is missing or too short, naming it, the length
//         it needs and the length it has, or the bytes of a tensor are wrong; kTooLarge - the index
//         is over 64 MiB.
Result<void> CheckVariables(const std::filesystem::path& saved_model);

}  // namespace credence::model
