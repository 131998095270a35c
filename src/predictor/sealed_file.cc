#include "predictor/sealed_file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/sha256.h"

namespace credence::predictor {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is written as memory is");

constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kDigestSize = std::tuple_size_v<Sha256Digest>;

void AppendU32(std::string& out, std::size_t value) {
  const auto narrow = static_cast<std::uint32_t>(value);
  out.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
}

std::span<const std::uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Takes from the front of what is left; `ok` turns false when there is too little.
struct Reader {
  std::span<const std::uint8_t> left;
  bool ok = true;

  std::span<const std::uint8_t> Take(std::size_t n) {
    ok = ok && n <= left.size();
    if (!ok) return {};
    const auto taken = left.first(n);
    left = left.subspan(n);
    return taken;
  }
  std::uint32_t U32() {
    std::uint32_t value = 0;
    const auto bytes = Take(sizeof value);
    if (ok) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
};

Error Damaged(std::string message) { return {Code::kDataLoss, std::move(message)}; }

}  // namespace

std::string Seal(std::string_view magic, const Sealed& content) {
  std::string out(magic);
  AppendU32(out, kFormat);
  AppendU32(out, content.header.size());
  out.append(content.header);
  AppendU32(out, content.blobs.size());
  for (const Blob& blob : content.blobs) AppendU32(out, blob.size());
  for (const Blob& blob : content.blobs) out.append(blob.begin(), blob.end());
  const Sha256Digest digest = Sha256Of(Bytes(out));
  return out.append(digest.begin(), digest.end());
}

Result<Sealed> Unseal(std::string_view magic, std::span<const std::uint8_t> bytes) {
  if (bytes.size() < magic.size() + sizeof(std::uint32_t) + kDigestSize) {
    return Damaged("truncated: " + std::to_string(bytes.size()) + " bytes");
  }
  const auto content = bytes.first(bytes.size() - kDigestSize);
  Reader reader{content};
  if (!std::ranges::equal(reader.Take(magic.size()), Bytes(magic))) {
    return Damaged("does not begin with " + std::string(magic));
  }
  if (const std::uint32_t format = reader.U32(); format != kFormat) {
    return Error{Code::kFailedPrecondition, "format version " + std::to_string(format) +
                                                "; this build reads " + std::to_string(kFormat)};
  }
  if (!std::ranges::equal(Sha256Of(content), bytes.last(kDigestSize))) {
    return Damaged("wrong SHA-256 checksum");
  }
  Sealed sealed;
  const auto header = reader.Take(reader.U32());
  sealed.header.assign(header.begin(), header.end());
  const std::size_t count = reader.U32();
  Reader lengths{reader.Take(count * sizeof(std::uint32_t))};
  for (std::size_t i = 0; i < count && reader.ok; ++i) {
    const auto blob = reader.Take(lengths.U32());
    sealed.blobs.emplace_back(blob.begin(), blob.end());
  }
  if (!reader.ok || !reader.left.empty()) return Damaged("its parts do not fill it");
  return sealed;
}

Result<std::optional<Sealed>> ReadSealed(const std::filesystem::path& path, std::string_view magic,
                                         std::uintmax_t bytes_max) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return std::optional<Sealed>();
  if (size > bytes_max) {
    return Damaged(path.string() + " has " + std::to_string(size) + " bytes; the limit is " +
                   std::to_string(bytes_max));
  }
  std::ifstream in(path, std::ios::binary);
  const Blob bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  auto sealed = Unseal(magic, bytes);
  if (!sealed) return Annotate(sealed.error(), path.string());
  return std::optional<Sealed>(*std::move(sealed));
}

}  // namespace credence::predictor
