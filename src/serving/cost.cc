#include "serving/cost.h"

namespace credence::serving {
namespace {

constexpr std::int64_t kLarge = 1'000'000;     // pixels
constexpr std::int64_t kCorrectFrom = 65'536;  // pixels

std::int64_t PixelsOf(const image::Header& picture) {
  return std::int64_t{picture.width} * picture.height;
}

// First guesses, ns a pixel; measured on one core with pictures of 0.2 and 12 megapixels.
struct Guess {
  image::Format format;
  float small, large;
};
constexpr auto kGuesses = std::to_array<Guess>({{image::Format::kPng, 15, 15},
                                                {image::Format::kJpeg, 6, 5},
                                                {image::Format::kWebp, 20, 15},
                                                {image::Format::kGif, 10, 10},
                                                {image::Format::kBmp, 5, 5},
                                                {image::Format::kPnm, 5, 5},
                                                {image::Format::kTiff, 10, 10}});

}  // namespace

DecodeCosts::DecodeCosts() {
  static_assert(kGuesses.size() == kFormats);
  for (const Guess& guess : kGuesses) {
    const std::size_t row = static_cast<std::size_t>(guess.format) * kSizes;
    nanoseconds_a_pixel_[row] = guess.small;
    nanoseconds_a_pixel_[row + 1] = guess.large;
  }
}

std::size_t DecodeCosts::Row(const image::Header& picture) {
  return static_cast<std::size_t>(picture.format) * kSizes + (PixelsOf(picture) > kLarge ? 1 : 0);
}

std::chrono::nanoseconds DecodeCosts::Estimate(image::Bytes file,
                                               const image::DecodeLimits& limits) const {
  const auto header = image::ReadHeader(file, limits);
  if (!header) return std::chrono::nanoseconds(0);
  const float rate = nanoseconds_a_pixel_[Row(*header)].load(std::memory_order_relaxed);
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(rate * static_cast<float>(PixelsOf(*header))));
}

void DecodeCosts::Correct(const image::Header& picture, std::chrono::nanoseconds seen) {
  const std::int64_t pixels = PixelsOf(picture);
  if (pixels < kCorrectFrom) return;
  std::atomic<float>& rate = nanoseconds_a_pixel_[Row(picture)];
  const float mean = rate.load(std::memory_order_relaxed);
  const float now = static_cast<float>(seen.count()) / static_cast<float>(pixels);
  rate.store(mean + (now - mean) / 8, std::memory_order_relaxed);
}

}  // namespace credence::serving
