#include "data/digest.h"

#include <array>

#include "data/byte_stream.h"

namespace credence::data {
namespace {

constexpr std::size_t kHashedAtOnce = 1 << 16;

}  // namespace

void RowDigest::Add(const Row& row) {
  const image::Pixels& pixels = row.picture.pixels;
  std::array<std::uint8_t, 16> head = {};
  const std::array<int, 4> numbers = {pixels.width, pixels.height, pixels.channels, row.written};
  for (std::size_t i = 0; i < head.size(); ++i) {
    head[i] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(numbers[i / 4]) >> 8 * (i % 4));
  }
  sha_.Add(head);
  sha_.Add(pixels.data);
}

Result<std::string> DigestOf(const Dataset& dataset) {
  Result<RowReader> reader = dataset.NewReader();
  if (!reader) return reader.error();
  RowDigest digest;
  Row row;
  for (std::int64_t i = 0; i < dataset.rows(); ++i) {
    if (Result<void> read = reader->Read(i, row); !read) return read.error();
    digest.Add(row);
  }
  return digest.Finish();
}

Result<FileDigests> DigestFile(const std::filesystem::path& path) {
  Result<ByteStream> stream = ByteStream::Open(path);
  if (!stream) return stream.error();
  std::array<std::uint8_t, kHashedAtOnce> chunk = {};
  FileDigests digests;
  Sha256 content;
  for (std::size_t got = chunk.size(); got == chunk.size();) {
    Result<std::size_t> read = stream->Read(chunk);
    if (!read) return read.error();
    got = *read;
    content.Add(std::span(chunk).first(got));
  }
  digests.content = ToHex(content.Finish());
  digests.content_bytes = stream->offset();
  if (!stream->gzip()) {
    digests.file = digests.content;
    return digests;
  }
  const auto packed = Sha256OfFile(path);
  if (!packed) return packed.error();
  digests.file = ToHex(*packed);
  return digests;
}

}  // namespace credence::data
