#include "data/digest.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>

#include "data/byte_stream.h"

namespace credence::data {
namespace {

constexpr std::size_t kChunkBytes = 1 << 16;

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CREDENCE_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::Add(std::span<const std::uint8_t> bytes) {
  CREDENCE_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::Finish() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<std::uint8_t, 32> digest = {};
  CREDENCE_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void RowDigest::Add(const Row& row) {
  const image::Pixels& pixels = row.picture.pixels;
  std::array<std::uint8_t, 16> head = {};
  const std::array<int, 4> numbers = {pixels.width, pixels.height, pixels.channels, row.label};
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
  std::array<std::uint8_t, kChunkBytes> chunk = {};
  FileDigests digests;
  Sha256 content;
  for (std::size_t got = chunk.size(); got == chunk.size();) {
    Result<std::size_t> read = stream->Read(chunk);
    if (!read) return read.error();
    got = *read;
    content.Add(std::span(chunk).first(got));
  }
  digests.content = content.Finish();
  digests.content_bytes = stream->offset();
  if (!stream->gzip()) {
    digests.file = digests.content;
    return digests;
  }
  Sha256 packed;
  for (std::ifstream in(path, std::ios::binary); in;) {
    in.read(reinterpret_cast<char*>(chunk.data()), std::ssize(chunk));
    packed.Add(std::span(chunk).first(static_cast<std::size_t>(in.gcount())));
  }
  digests.file = packed.Finish();
  return digests;
}

}  // namespace credence::data
