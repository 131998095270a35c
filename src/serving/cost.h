// What work costs: measured, and corrected while running. It decides where a request runs and
// whether it is admitted, never what is answered.
#pragma once

#include <array>
#include <atomic>
#include <chrono>

#include "image/decode.h"

namespace credence::serving {

// A moving mean of what was seen. Thread-safe; of two corrections at once one may be lost.
class MeasuredCost {
 public:
  explicit MeasuredCost(std::chrono::nanoseconds first) : nanoseconds_(first.count()) {}

  std::chrono::nanoseconds Get() const {
    return std::chrono::nanoseconds(nanoseconds_.load(std::memory_order_relaxed));
  }
  // Moves by an eighth of the difference.
  void Correct(std::chrono::nanoseconds seen) {
    const auto mean = nanoseconds_.load(std::memory_order_relaxed);
    nanoseconds_.store(mean + (seen.count() - mean) / 8, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::chrono::nanoseconds::rep> nanoseconds_;
};

// Time to read a body, and to decode and adapt a picture, by format and size. Thread-safe.
class DecodeCosts {
 public:
  DecodeCosts();

  // Of a body of so many bytes that is JSON or multipart.
  std::chrono::nanoseconds EstimateReading(std::uint64_t bytes) const;
  void CorrectReading(std::uint64_t bytes, std::chrono::nanoseconds seen);

  // From the header alone; 0 for what is not a picture. Of a large file whose header lies not at
  // its beginning, or is known to be whole at its end only, from its length.
  std::chrono::nanoseconds Estimate(image::Bytes file, const image::DecodeLimits& limits) const;

  // Tells what decoding and adapting a picture took. Small pictures are passed over: their cost is
  // the clock's.
  void Correct(const image::Header& picture, std::chrono::nanoseconds seen);

 private:
  static constexpr std::size_t kFormats = static_cast<std::size_t>(image::Format::kTiff) + 1;
  static constexpr std::size_t kSizes = 2;  // up to a megapixel, and above
  // JPEGs of several scans have rows of their own, behind the others.
  static constexpr std::size_t kRows = (kFormats + 1) * kSizes;
  static std::size_t Row(const image::Header& picture);

  std::array<std::atomic<float>, kRows> nanoseconds_a_pixel_;
  MeasuredCost a_mebibyte_read_;
};

}  // namespace credence::serving
