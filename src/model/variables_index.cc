#include "model/variables_index.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/crc32c.h"
#include "base/read_file.h"
#include "model/saved_model.pb.h"

namespace credence::model {
namespace {

namespace fs = std::filesystem;

using Bytes = std::span<const std::uint8_t>;

constexpr std::uintmax_t kIndexBytesMax = std::uintmax_t{64} << 20;
constexpr std::size_t kFooterBytes = 48;
constexpr std::size_t kTrailerBytes = 5;  // compression, checksum
constexpr std::uint64_t kTableMagic = 0xdb4775248b80fb57;
constexpr int kShardsMax = 100'000;
constexpr std::size_t kTensorsMax = 1'000'000;
constexpr int kStringType = 7;                 // TensorFlow's DT_STRING
constexpr std::int64_t kPieceBytes = 1 << 18;  // of a shard that are read at once

Error Damaged(const std::string& where) {
  return {Code::kDataLoss, "variables.index is damaged: " + where};
}

template <class T>
T ReadFixed(Bytes bytes) {  // little-endian; REQUIRES: bytes holds sizeof(T)
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(bytes[i]) << (8 * i);
  return value;
}

// Takes numbers and pieces from the front of some bytes.
class BytesReader {
 public:
  explicit BytesReader(Bytes bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }

  std::optional<std::uint64_t> Varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const std::uint8_t byte = rest_.front();
      rest_ = rest_.subspan(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  std::optional<Bytes> Take(std::uint64_t count) {
    if (count > rest_.size()) return std::nullopt;
    const Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

 private:
  Bytes rest_;
};

struct BlockHandle {
  std::uint64_t offset = 0, bytes = 0;
};

std::optional<BlockHandle> ReadHandle(BytesReader& reader) {
  const auto offset = reader.Varint();
  const auto bytes = offset ? reader.Varint() : std::nullopt;
  if (!bytes) return std::nullopt;
  return BlockHandle{*offset, *bytes};
}

// The entries of the block at `handle`, without what follows them.
Result<Bytes> ReadBlock(Bytes file, const BlockHandle& handle,
                        const VariablesIndexOptions& options) {
  const std::size_t room = file.size() - kFooterBytes;
  if (handle.offset > room || handle.bytes > room - handle.offset ||
      kTrailerBytes > room - handle.offset - handle.bytes) {
    return Damaged("a block of " + std::to_string(handle.bytes) + " bytes at " +
                   std::to_string(handle.offset) + " is outside of its " +
                   std::to_string(file.size()) + " bytes");
  }
  const Bytes block = file.subspan(handle.offset, handle.bytes);
  const Bytes trailer = file.subspan(handle.offset + handle.bytes, kTrailerBytes);
  const Bytes checked = file.subspan(handle.offset, handle.bytes + 1);
  if (options.verify_checksums &&
      MaskCrc32c(ExtendCrc32c(0, checked)) != ReadFixed<std::uint32_t>(trailer.subspan(1))) {
    return Damaged("the checksum of the block at " + std::to_string(handle.offset) + " is wrong");
  }
  if (trailer[0] != 0) {
    return Error{Code::kUnimplemented, "variables.index is compressed (kind " +
                                           std::to_string(trailer[0]) + "), which is not read"};
  }
  // At the end: a list of 32-bit offsets and their number.
  const std::uint64_t restarts = block.size() < 4
                                     ? std::numeric_limits<std::uint32_t>::max()
                                     : ReadFixed<std::uint32_t>(block.subspan(block.size() - 4));
  if (block.size() < 4 || restarts > (block.size() - 4) / 4) {
    return Damaged("the block at " + std::to_string(handle.offset) + " has no list of restarts");
  }
  return block.first(block.size() - 4 - 4 * restarts);
}

// Calls `take(key, value)` for each entry of a block; stops at its first error.
template <class Take>
Result<void> ForEachEntry(Bytes entries, Take take) {
  BytesReader reader(entries);
  std::string key;  // each key repeats the first bytes of the one before
  while (!reader.empty()) {
    const auto shared = reader.Varint();
    const auto own = shared ? reader.Varint() : std::nullopt;
    const auto size = own ? reader.Varint() : std::nullopt;
    const auto tail = size ? reader.Take(*own) : std::nullopt;
    const auto value = tail ? reader.Take(*size) : std::nullopt;
    if (!value || *shared > key.size()) return Damaged("an entry of a block is cut short");
    key.resize(*shared);
    key.append(tail->begin(), tail->end());
    if (auto taken = take(std::string_view(key), *value); !taken) return taken;
  }
  return {};
}

// Builds the answer from the table's entries, in the order of their keys: the header comes first.
class IndexBuilder {
 public:
  Result<void> Add(std::string_view key, Bytes value) {
    return key.empty() ? AddHeader(value) : AddTensor(key, value);
  }
  Result<VariablesIndex> Finish() && {
    if (!has_header_) return Damaged("it has no header");
    auto& tensors = index_.tensors;
    std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
      return a.shard != b.shard ? a.shard < b.shard : a.offset < b.offset;
    });
    for (std::size_t i = 1; i < tensors.size(); ++i) {
      const StoredTensor& before = tensors[i - 1];
      if (tensors[i].shard == before.shard && tensors[i].offset < before.offset + before.bytes) {
        return Damaged("two tensors lie at byte " + std::to_string(tensors[i].offset) +
                       " of shard " + std::to_string(before.shard));
      }
    }
    return std::move(index_);
  }

 private:
  Result<void> AddHeader(Bytes value) {
    saved_model::BundleHeaderProto header;
    if (has_header_ || !header.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      return Damaged("its header cannot be read");
    }
    if (header.num_shards() < 1) return Damaged("it names no shard");
    if (header.num_shards() > kShardsMax) {
      return Error{Code::kTooLarge, "variables.index names " + std::to_string(header.num_shards()) +
                                        " shards; the limit is " + std::to_string(kShardsMax)};
    }
    has_header_ = true;
    index_.shards = static_cast<std::size_t>(header.num_shards());
    return {};
  }

  Result<void> AddTensor(std::string_view key, Bytes value) {
    if (!has_header_) return Damaged("it has no header");
    if (index_.tensors.size() == kTensorsMax) {
      return Error{Code::kTooLarge, "variables.index names over " + std::to_string(kTensorsMax) +
                                        " tensors, which is the limit"};
    }
    saved_model::BundleEntryProto entry;
    const auto about = [&] { return "its entry \"" + std::string(key) + "\""; };
    if (!entry.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      return Damaged(about() + " cannot be read");
    }
    if (entry.shard_id() < 0 || static_cast<std::size_t>(entry.shard_id()) >= index_.shards) {
      return Damaged(about() + " lies in shard " + std::to_string(entry.shard_id()) + " of " +
                     std::to_string(index_.shards));
    }
    if (entry.offset() < 0 || entry.size() < 0 ||
        entry.size() > std::numeric_limits<std::int64_t>::max() - entry.offset()) {
      return Damaged(about() + " has no possible place");
    }
    if (entry.size() == 0) return {};
    StoredTensor tensor{.shard = static_cast<std::size_t>(entry.shard_id()),
                        .offset = entry.offset(),
                        .bytes = entry.size(),
                        .crc = std::nullopt};
    if (entry.dtype() != kStringType) tensor.crc = entry.crc32c();
    index_.tensors.push_back(tensor);
    return {};
  }

  VariablesIndex index_;
  bool has_header_ = false;
};

// Checks the bytes of a tensor against its checksum. `in` reads `file`.
Result<void> CheckTensor(const StoredTensor& tensor, const fs::path& file, std::ifstream& in,
                         std::vector<std::uint8_t>& piece) {
  in.seekg(tensor.offset);
  std::uint32_t crc = 0;
  for (std::int64_t left = tensor.bytes; left > 0;) {
    const std::int64_t count = std::min(left, kPieceBytes);
    piece.resize(static_cast<std::size_t>(count));
    in.read(static_cast<char*>(static_cast<void*>(piece.data())), count);
    if (!in) return Error{Code::kDataLoss, file.string() + ": cannot be read"};
    crc = ExtendCrc32c(crc, piece);
    left -= count;
  }
  if (MaskCrc32c(crc) == *tensor.crc) return {};
  return Error{Code::kDataLoss, file.string() + " is damaged: the checksum of the " +
                                    std::to_string(tensor.bytes) + " bytes at " +
                                    std::to_string(tensor.offset) + " is wrong"};
}

Result<void> CheckLengths(const fs::path& folder, const VariablesIndex& index) {
  const std::vector<std::int64_t> needed = index.ShardBytes();
  for (std::size_t i = 0; i < needed.size(); ++i) {
    const fs::path shard = folder / ShardName(i, index.shards);
    std::error_code failed;
    const std::uintmax_t has = fs::file_size(shard, failed);
    if (failed) return Error{Code::kDataLoss, shard.string() + " is missing"};
    if (has < static_cast<std::uintmax_t>(needed[i])) {
      return Error{Code::kDataLoss, shard.string() + " has " + std::to_string(has) +
                                        " bytes; its tensors need " + std::to_string(needed[i])};
    }
  }
  return {};
}

}  // namespace

std::vector<std::int64_t> VariablesIndex::ShardBytes() const {
  std::vector<std::int64_t> bytes(shards, 0);
  for (const StoredTensor& tensor : tensors) bytes[tensor.shard] = tensor.offset + tensor.bytes;
  return bytes;
}

Result<VariablesIndex> ReadVariablesIndex(Bytes bytes, const VariablesIndexOptions& options) {
  if (bytes.size() < kFooterBytes) {
    return Damaged("it has " + std::to_string(bytes.size()) + " bytes; a footer alone has " +
                   std::to_string(kFooterBytes));
  }
  const Bytes footer = bytes.last(kFooterBytes);
  if (ReadFixed<std::uint64_t>(footer.last(8)) != kTableMagic) {
    return Damaged("it does not end as a table does");
  }
  BytesReader reader(footer);
  const auto metaindex = ReadHandle(reader);
  const auto root = metaindex ? ReadHandle(reader) : std::nullopt;
  if (!root) return Damaged("its footer cannot be read");
  const auto blocks = ReadBlock(bytes, *root, options);
  if (!blocks) return blocks.error();

  IndexBuilder builder;
  std::uint64_t end = 0;  // of the last block: blocks follow each other, so that none is read twice
  const auto read_block = [&](std::string_view, Bytes value) -> Result<void> {
    BytesReader place(value);
    const auto handle = ReadHandle(place);
    if (!handle || handle->offset < end) return Damaged("its list of blocks is out of order");
    const auto entries = ReadBlock(bytes, *handle, options);
    if (!entries) return entries.error();
    end = handle->offset + handle->bytes;
    return ForEachEntry(*entries, [&builder](std::string_view key, Bytes entry) {
      return builder.Add(key, entry);
    });
  };
  if (auto read = ForEachEntry(*blocks, read_block); !read) return read.error();
  return std::move(builder).Finish();
}

std::string ShardName(std::size_t shard, std::size_t shards) {
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "variables.data-%05zu-of-%05zu", shard, shards);
  return name.data();
}

Result<void> CheckVariables(const fs::path& saved_model) {
  const fs::path folder = saved_model / "variables";
  const fs::path file = folder / "variables.index";
  const auto bytes = ReadIfThere(file, kIndexBytesMax);
  if (!bytes) return bytes.error();
  if (!*bytes) return {};
  const auto index = ReadVariablesIndex(**bytes);
  if (!index) return Annotate(index.error(), folder.string());
  if (auto checked = CheckLengths(folder, *index); !checked) return checked;
  std::ifstream shard;
  std::vector<std::uint8_t> piece;
  fs::path open;  // the shard that is read
  for (const StoredTensor& tensor : index->tensors) {
    if (!tensor.crc) continue;
    const fs::path path = folder / ShardName(tensor.shard, index->shards);
    if (path != open) {
      shard = std::ifstream(path, std::ios::binary);
      open = path;
    }
    if (auto checked = CheckTensor(tensor, path, shard, piece); !checked) return checked;
  }
  return {};
}

}  // namespace credence::model
