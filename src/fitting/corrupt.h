// Mild damage that keeps the label: teaches the regression of P(correct) what its signals mean.
//
// Five kinds: noise, blur, contrast, brightness, patch. Geometric warps are left out: they need not
// keep the label, and they brought nothing.
// Threads: pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "reliability/thumbnail.h"

namespace credence::fitting {

enum class Damage { kNoise, kBlur, kContrast, kBrightness, kPatch };
inline constexpr std::size_t kDamages = 5;
std::string_view DamageName(Damage damage);  // "noise", …

struct Corruption {
  std::uint64_t stream = 0;  // s_k, which all random numbers of the copy come from
  Damage damage = Damage::kNoise;
  double severity = 0;  // [0, 1)
  bool brighter = false;
};

// Copy number k of the copies' stream (`StreamSeed(seed, Stream::kCopies)` in calibration).
Corruption DrawCorruption(std::uint64_t copies_seed, std::size_t k);

// clip(2 n_A, 1000, 5000); copy k is made from row k mod n_A of A.
std::size_t CopyCount(std::size_t rows_a);

// Damages a canonical picture [height, width, channels]. A picture of three equal channels is
// damaged as one channel and replicated, as the picture was before its channels were copied.
void Corrupt(const Corruption& corruption, std::span<const std::uint8_t> picture,
             const reliability::PictureShape& shape, std::span<std::uint8_t> out);

}  // namespace credence::fitting
