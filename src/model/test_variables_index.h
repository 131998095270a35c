// Writes a variables.index as TensorFlow does, for tests: the format's other side, of its own make.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/saved_model.pb.h"

namespace credence::model {

struct TestTensor {
  std::string key;
  int shard = 0;
  std::int64_t offset = 0, size = 0;
};

// CRC-32C bit by bit, masked as in a table.
inline std::uint32_t TestMaskedCrc(const std::string& bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
  }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

inline void AppendFixed(std::uint64_t value, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

inline void AppendVarint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

// A block whose keys share nothing; returns its handle.
inline std::string AppendBlock(const std::vector<std::pair<std::string, std::string>>& entries,
                               std::string& file, char compression = 0) {
  std::string block;
  for (const auto& [key, value] : entries) {
    AppendVarint(0, block);
    AppendVarint(key.size(), block);
    AppendVarint(value.size(), block);
    block += key + value;
  }
  AppendFixed(0, 4, block);  // one restart, at 0
  AppendFixed(1, 4, block);
  std::string handle;
  AppendVarint(file.size(), handle);
  AppendVarint(block.size(), handle);
  block.push_back(compression);
  file += block;
  AppendFixed(TestMaskedCrc(block), 4, file);
  return handle;
}

// The table of `tensors`, which consist of the letter x, a block for each `tensors_a_block` of
// them.
inline std::string WriteVariablesIndex(int shards, const std::vector<TestTensor>& tensors,
                                       std::size_t tensors_a_block = 2) {
  saved_model::BundleHeaderProto header;
  header.set_num_shards(shards);
  std::vector<std::pair<std::string, std::string>> entries = {{"", header.SerializeAsString()}};
  std::vector<std::pair<std::string, std::string>> blocks;
  std::string file;
  const auto flush = [&] {
    blocks.emplace_back(entries.back().first, AppendBlock(entries, file));
    entries.clear();
  };
  for (const TestTensor& tensor : tensors) {
    saved_model::BundleEntryProto entry;
    entry.set_dtype(1);
    entry.set_shard_id(tensor.shard);
    entry.set_offset(tensor.offset);
    entry.set_size(tensor.size);
    const bool small = tensor.size < 10'000;
    if (small)
      entry.set_crc32c(TestMaskedCrc(std::string(static_cast<std::size_t>(tensor.size), 'x')));
    entries.emplace_back(tensor.key, entry.SerializeAsString());
    if (entries.size() >= tensors_a_block) flush();
  }
  if (!entries.empty()) flush();
  std::string footer = AppendBlock({}, file);  // the metaindex
  footer += AppendBlock(blocks, file);
  footer.resize(40, '\0');
  AppendFixed(0xdb4775248b80fb57, 8, footer);
  return file + footer;
}

}  // namespace credence::model
