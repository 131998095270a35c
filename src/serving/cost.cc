#include "serving/cost.h"

namespace credence::serving {
namespace {

constexpr std::int64_t kLarge = 1'000'000;     // pixels
constexpr std::int64_t kCorrectFrom = 65'536;  // pixels

// Of a file over kWholeBytes only so much is looked at: a header may take long to read.
constexpr std::size_t kWholeBytes = 1 << 20, kGlanceBytes = 256 << 10;
constexpr std::chrono::nanoseconds kUnknownByte{10};
constexpr std::chrono::nanoseconds kMebibyteRead = std::chrono::milliseconds(10);  // first guess
constexpr std::int64_t kMebibyte = 1 << 20;
constexpr float kSeveralScans = 25;  // first guess, ns a pixel

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

DecodeCosts::DecodeCosts() : a_mebibyte_read_(kMebibyteRead) {
  static_assert(kGuesses.size() == kFormats);
  nanoseconds_a_pixel_.back() = nanoseconds_a_pixel_[kFormats * kSizes] = kSeveralScans;
  for (const Guess& guess : kGuesses) {
    const std::size_t row = static_cast<std::size_t>(guess.format) * kSizes;
    nanoseconds_a_pixel_[row] = guess.small;
    nanoseconds_a_pixel_[row + 1] = guess.large;
  }
}

std::size_t DecodeCosts::Row(const image::Header& picture) {
  const std::size_t format =
      picture.several_scans ? kFormats : static_cast<std::size_t>(picture.format);
  return format * kSizes + (PixelsOf(picture) > kLarge ? 1 : 0);
}

std::chrono::nanoseconds DecodeCosts::EstimateReading(std::uint64_t bytes) const {
  return a_mebibyte_read_.Get() * static_cast<std::int64_t>(bytes) / kMebibyte;
}

void DecodeCosts::CorrectReading(std::uint64_t bytes, std::chrono::nanoseconds seen) {
  const auto length = static_cast<std::int64_t>(bytes);
  if (length >= kMebibyte) a_mebibyte_read_.Correct(seen * kMebibyte / length);
}

std::chrono::nanoseconds DecodeCosts::Estimate(image::Bytes file,
                                               const image::DecodeLimits& limits) const {
  const bool whole = file.size() <= kWholeBytes;
  const auto header = image::ReadHeader(whole ? file : file.first(kGlanceBytes), limits);
  if (!header)
    return whole ? std::chrono::nanoseconds(0)
                 : kUnknownByte * static_cast<std::int64_t>(file.size());
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
