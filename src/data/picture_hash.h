// Single pictures, known again by a hash: which of a data set's were used for something before.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "image/pixels.h"

namespace credence::data {

// The first 8 bytes of the SHA-256 of a picture's size and levels, little-endian. A colour picture
// whose pixels are all grey is hashed as a grey one, alpha that is opaque throughout is not hashed:
// the same picture in another file format is the same picture.
std::uint64_t PictureHash(const image::Pixels& pixels);

// The pictures that something was made from, as a file beside it.
struct UsedPictures {
  std::string sha256;                 // RowDigest of the set
  std::vector<std::uint64_t> hashes;  // ascending, each once

  // Each of `pictures` counts, also one that is there several times.
  std::int64_t CountIn(std::span<const std::uint64_t> pictures) const;
};

// In a version's assets.extra/credence/: what `credence train` made it from.
inline constexpr char kTrainingPictures[] = "training.pictures";

inline constexpr std::size_t kUsedPicturesMax = 4'000'000;  // 8 bytes each

UsedPictures MakeUsedPictures(std::string sha256, std::vector<std::uint64_t> pictures);

// Over kUsedPicturesMax the file holds the digest alone.
// Errors: kUnavailable - the disk.
Result<void> WriteUsedPictures(const std::filesystem::path& file, const UsedPictures& used);

// nullopt: there is no such file. Errors: kDataLoss - it is damaged, naming it.
Result<std::optional<UsedPictures>> ReadUsedPictures(const std::filesystem::path& file);

}  // namespace credence::data
