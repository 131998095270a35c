#include "predictor/sealed_file.h"

#include <system_error>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "base/read_file.h"
#include "base/seal.h"

namespace credence::predictor {
namespace {

using Json = nlohmann::json;

constexpr std::uint32_t kFormat = 1;

bool BelongsTo(const Sealed& sealed, const std::string& seal) {
  const Json header = Json::parse(Shallow(sealed.header), nullptr, false);
  const auto profile = header.is_object() ? header.find("profile") : header.end();
  return header.is_object() && profile != header.end() && *profile == seal;
}

}  // namespace

Blob Seal(std::string_view magic, const Sealed& content) {
  SealWriter writer(magic, kFormat);
  writer.U32(content.header.size()).Text(content.header);
  writer.U32(content.blobs.size());
  for (const Blob& blob : content.blobs) writer.U32(blob.size());
  for (const Blob& blob : content.blobs) writer.Bytes(blob);
  return std::move(writer).Finish();
}

Result<Sealed> Unseal(std::string_view magic, std::span<const std::uint8_t> bytes) {
  auto opened = OpenSealed(magic, kFormat, bytes);
  if (!opened) return opened.error();
  ByteReader& reader = *opened;
  Sealed sealed;
  const auto header = reader.Take(reader.U32());
  sealed.header.assign(header.begin(), header.end());
  const std::size_t count = reader.U32();
  ByteReader lengths(reader.Take(count * sizeof(std::uint32_t)));
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    const auto blob = reader.Take(lengths.U32());
    sealed.blobs.emplace_back(blob.begin(), blob.end());
  }
  if (!reader.ok() || !reader.left().empty()) {
    return Error{Code::kDataLoss, "its parts do not fill it"};
  }
  return sealed;
}

Result<std::optional<Sealed>> ReadSealed(const std::filesystem::path& path, std::string_view magic,
                                         std::uintmax_t bytes_max) {
  const auto bytes = ReadIfThere(path, bytes_max);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<Sealed>();
  auto sealed = Unseal(magic, **bytes);
  if (!sealed) return Annotate(sealed.error(), path.string());
  return std::optional<Sealed>(*std::move(sealed));
}

std::filesystem::path NextOf(const std::filesystem::path& path) { return path.string() + ".next"; }

Result<std::optional<Sealed>> ReadBound(const std::filesystem::path& path, std::string_view magic,
                                        std::uintmax_t bytes_max, const std::string& seal) {
  auto here = ReadSealed(path, magic, bytes_max);
  if (seal.empty() || (here && *here && BelongsTo(**here, seal))) return here;
  auto next = ReadSealed(NextOf(path), magic, bytes_max);
  if (!next && next.error().code == Code::kUnavailable) return next;
  if (!next || !*next || !BelongsTo(**next, seal)) return here;
  if ((*next)->blobs.empty()) return std::optional<Sealed>();
  return next;
}

Result<void> SettleNext(const std::filesystem::path& path, std::string_view magic,
                        std::uintmax_t bytes_max) {
  const std::filesystem::path next = NextOf(path);
  const auto read = ReadSealed(next, magic, bytes_max);
  if (!read) return read.error();
  if (!*read) return {};
  std::error_code error;
  if ((*read)->blobs.empty()) {
    std::filesystem::remove(path, error);
    if (!error) std::filesystem::remove(next, error);
  } else {
    std::filesystem::rename(next, path, error);
  }
  if (!error) return {};
  return Error{Code::kUnavailable, "cannot replace " + path.string() + ": " + error.message()};
}

}  // namespace credence::predictor
