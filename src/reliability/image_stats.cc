#include "reliability/image_stats.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "reliability/thumbnail.h"

namespace credence::reliability {
namespace {

// One sum a column: the inner loops carry no dependency, so they vectorise without reordering sums.
using Columns = std::array<float, kThumbnailSideMax>;

double Total(const Columns& columns) {
  double sum = 0;
  for (const float column : columns) sum += static_cast<double>(column);
  return sum;
}

double FrameMean(std::span<const float> x, std::size_t height, std::size_t width) {
  const std::size_t b = std::max<std::size_t>(
      1, static_cast<std::size_t>(3 * static_cast<double>(height) / 28 + 0.5));
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < height; ++i) {
    const float* row = x.data() + i * width;
    const bool whole = i < b || i + b >= height || 2 * b >= width;
    const std::size_t side = whole ? width : b;
    float row_sum = 0;
    for (std::size_t j = 0; j < side; ++j) row_sum += row[j];
    if (!whole) {
      for (std::size_t j = width - b; j < width; ++j) row_sum += row[j];
    }
    sum += static_cast<double>(row_sum);
    count += whole ? width : 2 * b;
  }
  return sum / static_cast<double>(count);
}

}  // namespace

std::array<float, kStatistics> ImageStats(std::span<const float> x, std::size_t height,
                                          std::size_t width) {
  CREDENCE_CHECK(width >= 1 && width <= kThumbnailSideMax && height >= 1 &&
                 x.size() == height * width);
  Columns sum = {}, bright = {}, inked = {}, across = {}, across_abs = {}, down = {}, spread = {};
  for (std::size_t i = 0; i < height; ++i) {
    const float* row = x.data() + i * width;
    for (std::size_t j = 0; j < width; ++j) {
      sum[j] += row[j];
      bright[j] += row[j] > 0.5F ? 1.0F : 0.0F;
      inked[j] += row[j] > 0.05F ? 1.0F : 0.0F;
    }
    for (std::size_t j = 0; j + 1 < width; ++j) {
      const float step = row[j + 1] - row[j];
      across[j] += step * step;
      across_abs[j] += std::abs(step);
    }
    if (i + 1 == height) break;
    for (std::size_t j = 0; j < width; ++j) {
      const float step = row[width + j] - row[j];
      down[j] += step * step;
    }
  }
  const double pixels = static_cast<double>(height * width);
  const double across_pairs = static_cast<double>(std::max<std::size_t>(1, height * (width - 1)));
  const double down_pairs = static_cast<double>(std::max<std::size_t>(1, (height - 1) * width));
  const double mean = Total(sum) / pixels;
  for (std::size_t i = 0; i < height; ++i) {
    const float* row = x.data() + i * width;
    for (std::size_t j = 0; j < width; ++j) {
      const float off = row[j] - static_cast<float>(mean);
      spread[j] += off * off;
    }
  }
  return {static_cast<float>(mean),
          static_cast<float>(std::sqrt(Total(spread) / pixels)),
          static_cast<float>(Total(bright) / pixels),
          static_cast<float>(Total(inked) / pixels),
          static_cast<float>(std::sqrt(Total(across) / across_pairs)),
          static_cast<float>(std::sqrt(Total(down) / down_pairs)),
          static_cast<float>(Total(across_abs) / across_pairs),
          static_cast<float>(FrameMean(x, height, width))};
}

}  // namespace credence::reliability
