#include "calibration/keep.h"

#include <algorithm>

#include "base/random.h"
#include "fitting/bank.h"
#include "image/adapt.h"
#include "image/colour.h"
#include "image/resize.h"
#include "reliability/thumbnail.h"

namespace credence::calibration {
namespace {

constexpr std::size_t kEntryBytes = 24;  // a picture's share of the file's header, at most

image::Pixels Canonical(const Pictures& pictures, std::size_t row) {
  image::Pixels out;
  out.Reshape(static_cast<int>(pictures.shape.width), static_cast<int>(pictures.shape.height),
              static_cast<int>(pictures.shape.channels));
  const auto levels = std::span(pictures.levels).subspan(row * out.size(), out.size());
  std::ranges::copy(levels, out.data.begin());
  return out;
}

// At most 32 px a side; the shape of the thumbnail that the profile looks at, if it has one.
predictor::Blob SmallPng(const image::Pixels& picture, const reliability::PictureShape& shape,
                         image::ResizeScratch& scratch) {
  const reliability::PictureShape small = reliability::ThumbnailShape(shape);
  if (small.size() == 0 || (small.width == shape.width && small.height == shape.height)) {
    return image::EncodePng(picture);
  }
  image::Pixels out;
  image::Resize(image::ColourView(picture, picture.channels),
                {0, 0, static_cast<double>(picture.width), static_cast<double>(picture.height)},
                static_cast<int>(small.width), static_cast<int>(small.height), scratch, out);
  return image::EncodePng(out);
}

}  // namespace

predictor::KnownPictures ChooseKnownPictures(const Pictures& pictures,
                                             std::span<const std::size_t> rows_a,
                                             std::uint64_t seed, std::size_t feature_size) {
  const auto bank =
      fitting::ChooseBank(seed, rows_a.size(), std::max<std::size_t>(1, feature_size));
  image::ResizeScratch scratch;
  predictor::KnownPictures all;
  std::size_t bytes = 0;
  for (std::size_t place = 0; place < bank.size(); ++place) {
    const std::size_t row = rows_a[bank[place]];
    all.place.push_back(static_cast<std::int32_t>(place));
    all.label.push_back(pictures.labels[row]);
    all.png.push_back(SmallPng(Canonical(pictures, row), pictures.shape, scratch));
    bytes += all.png.back().size() + kEntryBytes;
  }
  const std::size_t room = predictor::kSimilarBytesMax - 1000;
  const std::size_t step = (bytes + room - 1) / room;
  predictor::KnownPictures kept;
  bytes = 0;
  for (std::size_t i = 0; i < all.size(); i += std::max<std::size_t>(1, step)) {
    bytes += all.png[i].size() + kEntryBytes;
    if (bytes > room) break;  // the spaced ones are larger than the others
    kept.place.push_back(all.place[i]);
    kept.label.push_back(all.label[i]);
    kept.png.push_back(std::move(all.png[i]));
  }
  return kept;
}

std::vector<image::Pixels> GoldenCandidates(const Pictures& pictures,
                                            std::span<const std::size_t> rows) {
  std::vector<image::Pixels> candidates;
  for (const std::size_t row : rows.first(std::min(rows.size(), kGoldenRows))) {
    candidates.push_back(Canonical(pictures, row));
  }
  image::Pixels noise = candidates.front();
  for (std::size_t i = 0; i < noise.data.size(); ++i) {
    noise.data[i] = static_cast<std::uint8_t>(DrawAt(0, i) >> 56);
  }
  candidates.insert(candidates.begin(), std::move(noise));
  return candidates;
}

}  // namespace credence::calibration
