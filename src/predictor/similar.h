// The calibration pictures that an explanation shows: a file beside the profile, and the search.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "predictor/sealed_file.h"
#include "reliability/profile.h"

namespace credence::predictor {

inline constexpr std::uintmax_t kSimilarBytesMax = 1'000'000;

// assets.extra/credence/reliability.similar.
struct KnownPictures {
  std::string profile;              // ProfileSeal of the profile that they belong to
  std::vector<std::int32_t> place;  // row of each picture in the profile's bank, if it has one
  std::vector<std::int32_t> label;  // its class
  std::vector<Blob> png;            // at most 32 px a side

  std::size_t size() const { return png.size(); }
};

// Those of the version's profile, whose seal is `seal` (ProfileSeal; empty: it has none). nullopt:
// there is none. Errors: kDataLoss, kFailedPrecondition - with the reason; those of ReadIfThere.
Result<std::optional<KnownPictures>> ReadKnownPictures(const std::filesystem::path& version,
                                                       const std::string& seal);

// Writes them as the next (sealed_file.h), which SettleKnownPictures puts in its place; none: there
// are to be none. Errors: kUnavailable - the disk. REQUIRES: the file is at most kSimilarBytesMax
// long.
Result<void> WriteKnownPictures(const std::filesystem::path& version, const KnownPictures& known);
Result<void> SettleKnownPictures(const std::filesystem::path& version);

// One of them, and how far from the picture in question.
struct Similar {
  std::size_t picture = 0;
  float distance = 0;

  friend bool operator==(const Similar&, const Similar&) = default;
};

// Finds the pictures that are most similar: to the model (1 - cosine of the features) where the
// profile has a bank, else by their shape (Euclidean distance of the thumbnails' main components).
// Immutable, thread-safe. Cost: a pass over all vectors, about 0.1 ms for 2500 of 64.
class SimilarIndex {
 public:
  // Errors: kFailedPrecondition - they belong to another profile; kDataLoss - a place or label that
  //         the profile does not have, or a damaged picture.
  static Result<SimilarIndex> Make(KnownPictures known, const reliability::Profile& profile,
                                   const std::string& profile_seal);

  // features: [profile.feature_size]; x: [thumbnail size], each ignored where it is not compared.
  // The nearest `count`, nearest first; equal ones by their order in the file.
  // REQUIRES: `profile` is Make's.
  std::vector<Similar> Find(const reliability::Profile& profile, std::span<const float> features,
                            std::span<const float> x, std::size_t count) const;

  bool by_features() const { return by_features_; }
  const KnownPictures& pictures() const { return known_; }

 private:
  KnownPictures known_;
  bool by_features_ = false;
  std::size_t width_ = 0;
  std::vector<float> vectors_;  // [pictures, width]
};

}  // namespace credence::predictor
