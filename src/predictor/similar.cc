#include "predictor/similar.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "base/write_file.h"
#include "image/decode.h"
#include "predictor/profile_file.h"
#include "reliability/bank.h"
#include "reliability/thumbnail.h"

namespace credence::predictor {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kSimilarMagic = "RELSIMI1";

// Main components of a thumbnail, appended to `out`.
void AppendComponents(const reliability::Profile& profile, std::span<const float> x,
                      std::vector<float>& out) {
  for (std::size_t j = 0; j < profile.components; ++j) {
    const float* basis = profile.pca_basis.data() + j * x.size();
    float sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += basis[i] * (x[i] - profile.pca_mean[i]);
    out.push_back(sum);
  }
}

Error Damaged(std::size_t i, const std::string& what) {
  return {Code::kDataLoss,
          std::string(kSimilarName) + ": picture " + std::to_string(i) + " " + what};
}

}  // namespace

Result<std::optional<KnownPictures>> ReadKnownPictures(const std::filesystem::path& version,
                                                       const std::string& seal) {
  auto sealed = ReadBound(AssetsOf(version) / kSimilarName, kSimilarMagic, kSimilarBytesMax, seal);
  if (!sealed) return sealed.error();
  if (!*sealed) return std::optional<KnownPictures>();
  KnownPictures known;
  try {
    const Json header = Json::parse(Shallow((*sealed)->header));
    header.at("profile").get_to(known.profile);
    header.at("place").get_to(known.place);
    header.at("label").get_to(known.label);
  } catch (const Json::exception& error) {
    return Error{Code::kDataLoss, std::string(kSimilarName) + ": " + error.what()};
  }
  known.png = std::move((*sealed)->blobs);
  if (known.place.size() != known.size() || known.label.size() != known.size()) {
    return Error{Code::kDataLoss, std::string(kSimilarName) + ": " + std::to_string(known.size()) +
                                      " pictures, " + std::to_string(known.place.size()) +
                                      " places, " + std::to_string(known.label.size()) + " labels"};
  }
  return std::optional<KnownPictures>(std::move(known));
}

Result<void> WriteKnownPictures(const std::filesystem::path& version, const KnownPictures& known) {
  const Json header = {{"profile", known.profile}, {"place", known.place}, {"label", known.label}};
  return WriteAtomically(NextOf(AssetsOf(version) / kSimilarName),
                         Seal(kSimilarMagic, {header.dump(), known.png}));
}

Result<void> SettleKnownPictures(const std::filesystem::path& version) {
  return SettleNext(AssetsOf(version) / kSimilarName, kSimilarMagic, kSimilarBytesMax);
}

Result<SimilarIndex> SimilarIndex::Make(KnownPictures known, const reliability::Profile& profile,
                                        const std::string& profile_seal) {
  if (known.profile != profile_seal) {
    return Error{Code::kFailedPrecondition, std::string(kSimilarName) +
                                                " belongs to another profile; run `credence "
                                                "calibrate` again, or delete it"};
  }
  SimilarIndex index;
  index.by_features_ = profile.has_features();
  index.width_ = index.by_features_ ? profile.feature_size : profile.components;
  image::Decoded decoded;
  std::vector<float> x(profile.thumbnail().size());
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto place = static_cast<std::size_t>(known.place[i]);
    if (known.label[i] < 0 || static_cast<std::size_t>(known.label[i]) >= profile.classes) {
      return Damaged(i, "has label " + std::to_string(known.label[i]));
    }
    if (index.by_features_) {
      if (place >= profile.bank_label.size()) {
        return Damaged(i, "has place " + std::to_string(known.place[i]) + " of " +
                              std::to_string(profile.bank_label.size()));
      }
      const float* row = profile.bank.data() + place * index.width_;
      index.vectors_.insert(index.vectors_.end(), row, row + index.width_);
      continue;
    }
    const auto read = image::Decode(known.png[i], {}, decoded);
    const image::Pixels& p = decoded.pixels;
    if (!read || static_cast<std::size_t>(p.width) != profile.thumbnail().width ||
        static_cast<std::size_t>(p.height) != profile.thumbnail().height) {
      return Damaged(i, "is no thumbnail");
    }
    reliability::MakeThumbnail(p.data,
                               {.height = static_cast<std::size_t>(p.height),
                                .width = static_cast<std::size_t>(p.width),
                                .channels = static_cast<std::size_t>(p.channels)},
                               x);
    AppendComponents(profile, x, index.vectors_);
  }
  index.known_ = std::move(known);
  return index;
}

std::vector<Similar> SimilarIndex::Find(const reliability::Profile& profile,
                                        std::span<const float> features, std::span<const float> x,
                                        std::size_t count) const {
  std::vector<float> at(by_features_ ? width_ : 0);
  if (by_features_) {
    reliability::Normalise(features, at);
  } else {
    AppendComponents(profile, x, at);
  }
  std::vector<Similar> found(known_.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const float* row = vectors_.data() + i * width_;
    float sum = 0;
    for (std::size_t j = 0; j < width_; ++j) {
      sum += by_features_ ? at[j] * row[j] : (at[j] - row[j]) * (at[j] - row[j]);
    }
    found[i] = {i, by_features_ ? std::max(0.0f, 1 - sum) : std::sqrt(sum)};
  }
  count = std::min(count, found.size());
  std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(count),
                            [](const Similar& a, const Similar& b) {
                              return a.distance < b.distance ||
                                     (a.distance == b.distance && a.picture < b.picture);
                            });
  found.resize(count);
  return found;
}

}  // namespace credence::predictor
