#include "data/picture_hash.h"

#include <algorithm>
#include <array>

#include "base/read_file.h"
#include "base/seal.h"
#include "base/sha256.h"
#include "base/write_file.h"

namespace credence::data {
namespace {

constexpr std::string_view kMagic = "CREDUSED";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kHashBytes = 8;
constexpr std::size_t kBytesMax = kUsedPicturesMax * kHashBytes + 4096;

std::uint64_t LittleEndian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = kHashBytes; i > 0; --i) value = value << 8 | bytes[i - 1];
  return value;
}

// The channels that say something.
int Channels(const image::Pixels& pixels) {
  const auto step = static_cast<std::size_t>(pixels.channels);
  const bool alpha = pixels.channels == 2 || pixels.channels == 4;
  const int colours = pixels.channels - (alpha ? 1 : 0);
  bool grey = true, opaque = true;
  for (std::size_t i = 0; i + step <= pixels.data.size(); i += step) {
    const std::uint8_t* pixel = &pixels.data[i];
    grey = grey && (colours == 1 || (pixel[0] == pixel[1] && pixel[0] == pixel[2]));
    opaque = opaque && (!alpha || pixel[step - 1] == 255);
  }
  if (!opaque) return pixels.channels;
  return grey ? 1 : colours;
}

}  // namespace

std::uint64_t PictureHash(const image::Pixels& pixels) {
  const int channels = Channels(pixels);
  std::array<std::uint8_t, 12> head = {};
  const std::array<int, 3> numbers = {pixels.width, pixels.height, channels};
  for (std::size_t i = 0; i < head.size(); ++i) {
    head[i] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(numbers[i / 4]) >> 8 * (i % 4));
  }
  Sha256 sha;
  sha.Add(head);
  if (channels == pixels.channels) {
    sha.Add(pixels.data);
  } else {
    std::vector<std::uint8_t> levels;
    const auto step = static_cast<std::ptrdiff_t>(pixels.channels);
    for (auto pixel = pixels.data.begin(); pixel != pixels.data.end(); pixel += step) {
      levels.insert(levels.end(), pixel, pixel + channels);
    }
    sha.Add(levels);
  }
  return LittleEndian(sha.Finish());
}

std::int64_t UsedPictures::CountIn(std::span<const std::uint64_t> pictures) const {
  return std::count_if(pictures.begin(), pictures.end(), [this](std::uint64_t picture) {
    return std::binary_search(hashes.begin(), hashes.end(), picture);
  });
}

UsedPictures MakeUsedPictures(std::string sha256, std::vector<std::uint64_t> pictures) {
  std::sort(pictures.begin(), pictures.end());
  pictures.erase(std::unique(pictures.begin(), pictures.end()), pictures.end());
  if (pictures.size() > kUsedPicturesMax) pictures.clear();
  return {std::move(sha256), std::move(pictures)};
}

Result<void> WriteUsedPictures(const std::filesystem::path& file, const UsedPictures& used) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(used.hashes.size() * kHashBytes);
  for (const std::uint64_t hash : used.hashes) {
    for (std::size_t i = 0; i < kHashBytes; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(hash >> 8 * i));
    }
  }
  SealWriter writer(kMagic, kFormat);
  writer.U32(used.sha256.size()).Text(used.sha256).U32(used.hashes.size()).Bytes(bytes);
  return WriteAtomically(file, std::move(writer).Finish());
}

Result<std::optional<UsedPictures>> ReadUsedPictures(const std::filesystem::path& file) {
  const auto bytes = ReadIfThere(file, kBytesMax);
  if (!bytes) return bytes.error();
  if (!*bytes) return std::optional<UsedPictures>();
  auto content = OpenSealed(kMagic, kFormat, **bytes);
  if (!content) return Annotate(content.error(), file.string());
  UsedPictures used;
  const auto digest = content->Take(content->U32());
  used.sha256.assign(digest.begin(), digest.end());
  const std::size_t count = content->U32();
  const auto hashes = content->Take(count * kHashBytes);
  if (!content->ok() || !content->left().empty()) {
    return Error{Code::kDataLoss, file.string() + ": its parts do not fill it"};
  }
  for (std::size_t i = 0; i < count; ++i) {
    used.hashes.push_back(LittleEndian(hashes.subspan(i * kHashBytes, kHashBytes)));
  }
  if (!std::is_sorted(used.hashes.begin(), used.hashes.end())) {
    return Error{Code::kDataLoss, file.string() + ": its hashes are not in order"};
  }
  return std::optional<UsedPictures>(std::move(used));
}

}  // namespace credence::data
