#include "reliability/thumbnail.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"

namespace credence::reliability {
namespace {

// Whole numbers, so that three equal channels give exactly the level / 255 of one channel.
float Luminance(const std::uint8_t* pixel, std::size_t channels) {
  if (channels == 1) return static_cast<float>(pixel[0]) / 255.0F;
  return static_cast<float>(299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2]) / 255000.0F;
}

float Luminance(const float* pixel, std::size_t channels) {
  if (channels == 1 || (pixel[0] == pixel[1] && pixel[1] == pixel[2])) return pixel[0];
  return 0.299F * pixel[0] + 0.587F * pixel[1] + 0.114F * pixel[2];
}

std::size_t ShrunkSide(std::size_t side, std::size_t longer) {
  const double scaled = static_cast<double>(side * kThumbnailSideMax) / static_cast<double>(longer);
  return std::max<std::size_t>(1, static_cast<std::size_t>(scaled + 0.5));
}

// Calls visit(target, weight) for each of `to` equal cells that source cell `i` of `from` overlaps;
// the weights that a target receives add up to 1.
template <class Visit>
void ForEachOverlap(std::size_t i, std::size_t from, std::size_t to, Visit&& visit) {
  const double ratio = static_cast<double>(to) / static_cast<double>(from);
  const double begin = static_cast<double>(i) * ratio;
  const double end = static_cast<double>(i + 1) * ratio;
  for (std::size_t t = static_cast<std::size_t>(begin); t < to; ++t) {
    const double overlap =
        std::min(end, static_cast<double>(t + 1)) - std::max(begin, static_cast<double>(t));
    if (overlap <= 0) break;
    visit(t, overlap);
  }
}

template <class Level>
void Shrink(const Level* picture, const PictureShape& shape, const PictureShape& small,
            std::span<float> x) {
  std::array<double, kThumbnailSideMax* kThumbnailSideMax> sums = {};
  std::array<double, kThumbnailSideMax> line = {};
  for (std::size_t i = 0; i < shape.height; ++i) {
    line.fill(0);
    for (std::size_t j = 0; j < shape.width; ++j) {
      const Level* pixel = picture + (i * shape.width + j) * shape.channels;
      const double level = static_cast<double>(Luminance(pixel, shape.channels));
      ForEachOverlap(j, shape.width, small.width,
                     [&](std::size_t t, double weight) { line[t] += weight * level; });
    }
    ForEachOverlap(i, shape.height, small.height, [&](std::size_t t, double weight) {
      for (std::size_t j = 0; j < small.width; ++j) sums[t * small.width + j] += weight * line[j];
    });
  }
  for (std::size_t k = 0; k < small.size(); ++k) x[k] = static_cast<float>(sums[k]);
}

template <class Level>
void Make(std::span<const Level> picture, const PictureShape& shape, std::span<float> x) {
  const PictureShape small = ThumbnailShape(shape);
  CREDENCE_CHECK(picture.size() == shape.size() && x.size() == small.size());
  if (small.height == shape.height && small.width == shape.width) {
    for (std::size_t k = 0; k < x.size(); ++k) {
      x[k] = Luminance(picture.data() + k * shape.channels, shape.channels);
    }
  } else if (!x.empty()) {
    Shrink(picture.data(), shape, small, x);
  }
}

}  // namespace

PictureShape ThumbnailShape(const PictureShape& shape) {
  if (std::min(shape.height, shape.width) < kPixelSideMin) return {.height = 0, .width = 0};
  const std::size_t longer = std::max(shape.height, shape.width);
  if (longer <= kThumbnailSideMax) return {.height = shape.height, .width = shape.width};
  return {.height = ShrunkSide(shape.height, longer), .width = ShrunkSide(shape.width, longer)};
}

void MakeThumbnail(std::span<const std::uint8_t> picture, const PictureShape& shape,
                   std::span<float> x) {
  Make(picture, shape, x);
}

void MakeThumbnail(std::span<const float> picture, const PictureShape& shape, std::span<float> x) {
  Make(picture, shape, x);
}

}  // namespace credence::reliability
