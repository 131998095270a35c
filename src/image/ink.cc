#include "image/ink.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "image/resize.h"

namespace credence::image {
namespace {

constexpr int kCoarseSide = 64;         // the background is smooth: this many cells show it
constexpr int kWideShare = 4;           // first median: radius 1/4 of the side, ink is a minority
constexpr int kNarrowShare = 8;         // second median, without ink: follows the light closer
constexpr int kContrastMin = 10;        // of 255: less than a pencil's, more than compression noise
constexpr double kNoiseDeviations = 4;  // differences below this many deviations are noise

using Histogram = std::array<int, 256>;

int Quantile(const Histogram& histogram, std::int64_t rank) {
  std::int64_t seen = 0;
  for (int level = 0; level < 256; ++level) {
    seen += histogram[Index(level)];
    if (seen > rank) return level;
  }
  return 255;
}

Histogram HistogramOf(const Pixels& levels) {
  Histogram histogram = {};
  for (const std::uint8_t level : levels.data) ++histogram[level];
  return histogram;
}

// How far `grey` is from `background`, as a share of what there is to lose or gain: light falls on
// ink and paper alike, so that for dark ink the ratio counts.
int InkLevel(int grey, int background, bool dark_on_light) {
  if (dark_on_light) return background > grey ? 255 * (background - grey) / background : 0;
  return std::max(grey - background, 0);
}

// Whether the tail of the differences is on the dark side: the sign of their third moment. What
// lies near the border (a table, a hand) counts for less.
bool TailIsDark(const Pixels& grey, const Pixels& background) {
  double moment = 0;
  for (int y = 0; y < grey.height; ++y) {
    const double from_edge_y = std::min(y, grey.height - 1 - y) / static_cast<double>(grey.height);
    double row_moment = 0;
    for (int x = 0; x < grey.width; ++x) {
      const double from_edge_x = std::min(x, grey.width - 1 - x) / static_cast<double>(grey.width);
      const double weight = std::min(1.0, 0.2 + 4 * std::min(from_edge_x, from_edge_y));
      const double difference = grey.row(y)[x] - background.row(y)[x];
      row_moment += weight * difference * difference * difference;
    }
    moment += row_moment;
  }
  return moment <= 0;
}

void ExpandBackground(const Pixels& coarse, const Pixels& grey, ResizeScratch& resize,
                      Pixels& out) {
  const ColourView view(coarse, 1);
  Resize(view, {0, 0, static_cast<double>(coarse.width), static_cast<double>(coarse.height)},
         grey.width, grey.height, resize, out);
}

void WriteInk(const Pixels& grey, const Pixels& background, bool dark_on_light, Pixels& level) {
  level.Reshape(grey.width, grey.height, 1);
  for (std::size_t i = 0; i < level.data.size(); ++i) {
    level.data[i] =
        static_cast<std::uint8_t>(InkLevel(grey.data[i], background.data[i], dark_on_light));
  }
}

// Both signs of the noise look alike, ink has one sign: the spread of the other sign is the noise.
int NoiseFloor(const Pixels& grey, const Pixels& background, bool dark_on_light) {
  double squares = 0;
  std::int64_t count = 1;
  for (std::size_t i = 0; i < grey.data.size(); ++i) {
    const int difference = grey.data[i] - background.data[i];
    const int opposite = dark_on_light ? difference : -difference;
    if (opposite < 0 || opposite > 40) continue;
    squares += opposite * opposite;
    ++count;
  }
  const double deviation = std::sqrt(squares / static_cast<double>(count));
  return std::max(kContrastMin, static_cast<int>(kNoiseDeviations * deviation));
}

// Cells of `coarse` that ink covers, also in part.
void MarkCovered(const Ink& ink, int threshold, int factor, const Pixels& coarse,
                 std::vector<bool>& covered) {
  covered.assign(coarse.data.size(), false);
  for (int y = 0; y < ink.level.height; ++y) {
    const std::uint8_t* row = ink.level.row(y);
    for (int x = 0; x < ink.level.width; ++x) {
      if (row[x] > threshold) covered[Index(y / factor * coarse.width + x / factor)] = true;
    }
  }
}

}  // namespace

void LocalMedian(const Pixels& in, const std::vector<bool>& ignored, int radius, Pixels& out) {
  // A window that the border cuts on one side only would lean towards the light inside.
  const auto radius_at = [radius](int at, int size) {
    return std::clamp(std::min(at, size - 1 - at), std::min(radius, radius / 4 + 1), radius);
  };
  out.Reshape(in.width, in.height, 1);
  for (int y = 0; y < in.height; ++y) {
    const int reach = radius_at(y, in.height);
    const int top = std::max(y - reach, 0);
    const int bottom = std::min(y + reach + 1, in.height);
    Histogram histogram = {};
    std::int64_t count = 0;
    const auto count_column = [&](int x, int sign) {
      for (int v = top; v < bottom; ++v) {
        if (!ignored.empty() && ignored[Index(v * in.width + x)]) continue;
        histogram[in.row(v)[x]] += sign;
        count += sign;
      }
    };
    int left = 0;
    int right = 0;
    for (int x = 0; x < in.width; ++x) {
      const int across = radius_at(x, in.width);
      while (right < std::min(x + across + 1, in.width)) count_column(right++, 1);
      while (left < x - across) count_column(left++, -1);
      out.row(y)[x] =
          count > 0 ? static_cast<std::uint8_t>(Quantile(histogram, count / 2)) : in.row(y)[x];
    }
  }
}

int OtsuThreshold(const Pixels& levels, int floor) {
  const Histogram histogram = HistogramOf(levels);
  double total = 0;
  double sum = 0;
  for (int level = floor + 1; level < 256; ++level) {
    total += histogram[Index(level)];
    sum += static_cast<double>(level) * histogram[Index(level)];
  }
  double below = 0;
  double below_sum = 0;
  double best = 0;
  int threshold = floor;
  for (int level = floor + 1; level < 255; ++level) {
    below += histogram[Index(level)];
    below_sum += static_cast<double>(level) * histogram[Index(level)];
    if (below == 0 || below == total) continue;
    const double gap = below_sum / below - (sum - below_sum) / (total - below);
    const double between = below * (total - below) * gap * gap;
    if (between > best) {
      best = between;
      threshold = level;
    }
  }
  return threshold;
}

void FindInk(const Pixels& grey, InkScratch& scratch, Ink& out) {
  const ColourView view(grey, 1);
  const int side = std::max(grey.width, grey.height);
  const int factor = (side + kCoarseSide - 1) / kCoarseSide;
  Pixels& coarse = scratch.coarse;
  BoxReduce(view, {0, 0, grey.width, grey.height}, factor, coarse);
  const int coarse_side = std::max(coarse.width, coarse.height);

  ResizeScratch resize;
  LocalMedian(coarse, {}, coarse_side / kWideShare + 1, scratch.background);
  ExpandBackground(scratch.background, grey, resize, scratch.full_background);
  out.dark_on_light = TailIsDark(grey, scratch.full_background);
  WriteInk(grey, scratch.full_background, out.dark_on_light, out.level);
  out.floor = NoiseFloor(grey, scratch.full_background, out.dark_on_light);

  MarkCovered(out, OtsuThreshold(out.level, out.floor) / 2, factor, coarse, scratch.covered);
  std::swap(coarse, scratch.background);
  for (std::size_t i = 0; i < coarse.data.size(); ++i) {
    if (!scratch.covered[i]) coarse.data[i] = scratch.background.data[i];
  }
  LocalMedian(coarse, scratch.covered, coarse_side / kNarrowShare + 1, scratch.background);
  ExpandBackground(scratch.background, grey, resize, scratch.full_background);
  WriteInk(grey, scratch.full_background, out.dark_on_light, out.level);
  out.floor = NoiseFloor(grey, scratch.full_background, out.dark_on_light);
  const auto [low, high] =
      std::minmax_element(scratch.background.data.begin(), scratch.background.data.end());
  out.background_low = *low;
  out.background_high = *high;
}

void FindInkOn(const Pixels& grey, int background, InkScratch& scratch, Ink& out) {
  Pixels& even = scratch.full_background;
  even.Reshape(grey.width, grey.height, 1);
  even.data.assign(even.size(), static_cast<std::uint8_t>(background));
  out.dark_on_light = background >= 128;
  out.background_low = out.background_high = background;
  out.floor = NoiseFloor(grey, even, out.dark_on_light);
  out.level.Reshape(grey.width, grey.height, 1);
  const int room = out.dark_on_light ? background : 255 - background;
  for (std::size_t i = 0; i < grey.data.size(); ++i) {
    const int difference =
        out.dark_on_light ? background - grey.data[i] : grey.data[i] - background;
    out.level.data[i] =
        static_cast<std::uint8_t>((255 * std::max(difference, 0) + room / 2) / room);
  }
}

}  // namespace credence::image
