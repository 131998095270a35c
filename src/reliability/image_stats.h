// Eight plain statistics of a thumbnail: how bright, how busy, how its border looks.
//
// Threads: pure; the fitting and the run-time path share it, so a statistic that is constant over
// the calibration data is constant to the bit.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace credence::reliability {

inline constexpr std::size_t kStatistics = 8;

// mean; SD; share of pixels > 0.5; share > 0.05; root mean square of horizontal differences
// x[i,j+1] - x[i,j]; the same of vertical ones; mean absolute horizontal difference; mean of the
// frame of max(1, ⌊3 height/28 + ½⌋) border pixels.
// x: [height, width]. REQUIRES: 1 <= height, width <= 32.
std::array<float, kStatistics> ImageStats(std::span<const float> x, std::size_t height,
                                          std::size_t width);

}  // namespace credence::reliability
