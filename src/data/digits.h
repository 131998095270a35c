// Synthetic handwritten digits of our own: strokes through jittered points, drawn with different
// pens, slants and widths. For demos, and for tests where there is no MNIST.
//
// Deterministic: the same seed gives the same pictures on every machine (own random numbers, no
// libm but sqrt). Threads: pure functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "image/pixels.h"

namespace credence::data {

enum class DigitStyle {
  kMnist,  // grey, light on black; longest side 20/28 of the picture, centre of mass in the middle
  kPaper,  // RGB, like a photo: dark ink on paper, uneven light, grain, anywhere in the picture
};

struct DigitOptions {
  DigitStyle style = DigitStyle::kMnist;
  int side_px = 28;  // 8..4096; of kPaper the longer side of 3:4 to 4:3
};

// Draws one `digit` 0..9 into `out`.
void DrawDigit(int digit, const DigitOptions& options, Random& random, image::Pixels& out);

struct DigitSetOptions {
  std::int64_t train_rows = 10'000;
  std::int64_t test_rows = 2'000;  // a split of its own, t10k; 0: none
  std::uint64_t seed = 1;
  DigitOptions digit = {};
  // Called after each row with the rows done of all; false stops. Empty: not called.
  std::function<bool(std::int64_t done, std::int64_t all)> progress = {};
};

// Draws row `row` of a split (0 train, 1 t10k) and returns its label. Needs no other row.
int DrawRow(const DigitSetOptions& options, int split, std::int64_t row, image::Pixels& out);

// Writes FOLDER/train-images-idx3-ubyte.gz and so on, named as MNIST's. Replaces existing files.
// Errors: kInvalidArgument - a count < 0 or none at all, or side_px out of range;
//         kNotFound - the folder cannot be made; kUnavailable - the disk is full, or stopped.
Result<void> WriteDigitIdx(const std::filesystem::path& folder, const DigitSetOptions& options);

// The same as FOLDER/SPLIT/DIGIT/NUMBER.png. encode: image::EncodePng.
Result<void> WriteDigitFolders(
    const std::filesystem::path& folder, const DigitSetOptions& options,
    const std::function<std::vector<std::uint8_t>(const image::Pixels&)>& encode);

}  // namespace credence::data
