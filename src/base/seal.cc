#include "base/seal.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <string>

#include "base/check.h"
#include "base/sha256.h"

namespace credence {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is written as memory is");

constexpr std::size_t kMagicSize = 8;
constexpr std::size_t kDigestSize = std::tuple_size_v<Sha256Digest>;

std::size_t Aligned(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Error Damaged(std::string message) { return {Code::kDataLoss, std::move(message)}; }

}  // namespace

SealWriter::SealWriter(std::string_view magic, std::uint32_t format) {
  CREDENCE_CHECK(magic.size() == kMagicSize);
  Text(magic).U32(format);
}

SealWriter& SealWriter::U32(std::size_t value) {
  CREDENCE_CHECK(value <= UINT32_MAX);
  const auto narrow = static_cast<std::uint32_t>(value);
  return Bytes({reinterpret_cast<const std::uint8_t*>(&narrow), sizeof narrow});
}

SealWriter& SealWriter::Bytes(std::span<const std::uint8_t> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

SealWriter& SealWriter::Text(std::string_view text) { return Bytes(AsBytes(text)); }

SealWriter& SealWriter::AlignTo(std::size_t bytes) {
  bytes_.resize(Aligned(bytes_.size(), bytes));
  return *this;
}

std::vector<std::uint8_t> SealWriter::Finish() && {
  Bytes(Sha256Of(bytes_));
  return std::move(bytes_);
}

std::span<const std::uint8_t> ByteReader::Take(std::size_t n) {
  ok_ = ok_ && n <= left_.size();
  if (!ok_) return {};
  const auto taken = left_.first(n);
  left_ = left_.subspan(n);
  return taken;
}

std::uint32_t ByteReader::U32() {
  std::uint32_t value = 0;
  const auto bytes = Take(sizeof value);
  if (ok_) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

void ByteReader::AlignTo(std::size_t bytes) {
  const std::size_t at = size_ - left_.size();
  Take(Aligned(at, bytes) - at);
}

Result<ByteReader> OpenSealed(std::string_view magic, std::uint32_t format,
                              std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kMagicSize + sizeof(std::uint32_t) + kDigestSize) {
    return Damaged("truncated: " + std::to_string(bytes.size()) + " bytes");
  }
  const auto content = bytes.first(bytes.size() - kDigestSize);
  ByteReader reader(content);
  if (!std::ranges::equal(reader.Take(kMagicSize), AsBytes(magic))) {
    return Damaged("does not begin with " + std::string(magic));
  }
  if (const std::uint32_t actual = reader.U32(); actual != format) {
    return Error{Code::kFailedPrecondition, "format version " + std::to_string(actual) +
                                                "; this build reads " + std::to_string(format)};
  }
  if (!std::ranges::equal(Sha256Of(content), bytes.last(kDigestSize))) {
    return Damaged("wrong SHA-256 checksum");
  }
  return reader;
}

}  // namespace credence
