#include "image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace credence::image {
namespace {

// Pillow's fixed point: 8 bits of level and 2 of headroom are left of 32.
constexpr int kWeightBits = 22;
constexpr std::int32_t kHalf = 1 << (kWeightBits - 1);

std::uint8_t ToLevel(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

// Weights of `size_out` outputs that cover [begin, end) of `size_in` inputs.
void FillBank(int size_in, double begin, double end, int size_out, FilterBank& bank) {
  const double ratio = (end - begin) / size_out;
  const double radius = std::max(ratio, 1.0);
  bank.taps_max = static_cast<int>(std::ceil(radius)) * 2 + 1;
  bank.first.resize(Index(size_out));
  bank.count.resize(Index(size_out));
  bank.weights.assign(Index(size_out) * Index(bank.taps_max), 0);
  for (int out = 0; out < size_out; ++out) {
    const double centre = begin + (out + 0.5) * ratio;
    const int first = std::max(static_cast<int>(centre - radius + 0.5), 0);
    const int last = std::min(static_cast<int>(centre + radius + 0.5), size_in);
    const auto triangle = [&](int in) {
      return std::max(0.0, 1.0 - std::abs((in - centre + 0.5) * (1.0 / radius)));
    };
    double total = 0;
    for (int in = first; in < last; ++in) total += triangle(in);
    std::int32_t* weights = bank.weights.data() + Index(out) * Index(bank.taps_max);
    for (int in = first; in < last; ++in) {
      const double weight = triangle(in) * (1.0 / total);
      weights[in - first] = static_cast<std::int32_t>(0.5 + weight * (1 << kWeightBits));
    }
    bank.first[Index(out)] = first;
    bank.count[Index(out)] = last - first;
  }
}

template <int kChannels>
void NarrowRow(const std::uint8_t* in, const FilterBank& bank, int width, std::uint8_t* out) {
  for (int x = 0; x < width; ++x) {
    const std::int32_t* weights = bank.weights.data() + Index(x) * Index(bank.taps_max);
    const std::uint8_t* from = in + Index(bank.first[Index(x)]) * kChannels;
    std::int32_t sums[kChannels];
    std::fill_n(sums, kChannels, kHalf);
    for (int i = 0; i < bank.count[Index(x)]; ++i) {
      for (int c = 0; c < kChannels; ++c) sums[c] += weights[i] * from[i * kChannels + c];
    }
    for (int c = 0; c < kChannels; ++c) *out++ = ToLevel(sums[c]);
  }
}

// Adds each run of `factor` pixels of a row to its sum.
void AddRow(const std::uint8_t* row, int width, int channels, int factor,
            std::vector<std::uint32_t>& sums) {
  std::uint32_t* sum = sums.data();
  if (channels == 1) {
    for (int begin = 0; begin < width; begin += factor, ++sum) {
      *sum = std::accumulate(row + begin, row + std::min(begin + factor, width), *sum);
    }
    return;
  }
  for (int begin = 0; begin < width; begin += factor, sum += channels) {
    const int end = std::min(begin + factor, width);
    for (int c = 0; c < channels; ++c) {
      std::uint32_t run = 0;
      for (int x = begin; x < end; ++x) run += row[x * channels + c];
      sum[c] += run;
    }
  }
}

}  // namespace

void Resize(const ColourView& view, const Region& region, int width, int height,
            ResizeScratch& scratch, Pixels& out) {
  FillBank(view.width(), region.left, region.right, width, scratch.across);
  FillBank(view.height(), region.top, region.bottom, height, scratch.down);
  const FilterBank& down = scratch.down;
  const int first_row = down.first.front();
  const int end_row = down.first.back() + down.count.back();
  const std::size_t row_size = Index(width) * Index(view.channels());

  scratch.narrowed.resize(Index(end_row - first_row) * row_size);
  std::uint8_t* narrowed = scratch.narrowed.data();
  for (int y = first_row; y < end_row; ++y, narrowed += row_size) {
    const std::uint8_t* row = view.Row(y, scratch.row);
    if (view.channels() == 1) {
      NarrowRow<1>(row, scratch.across, width, narrowed);
    } else {
      NarrowRow<3>(row, scratch.across, width, narrowed);
    }
  }

  out.Reshape(width, height, view.channels());
  for (int y = 0; y < height; ++y) {
    const std::int32_t* weights = down.weights.data() + Index(y) * Index(down.taps_max);
    const std::uint8_t* from =
        scratch.narrowed.data() + Index(down.first[Index(y)] - first_row) * row_size;
    std::uint8_t* to = out.row(y);
    for (std::size_t x = 0; x < row_size; ++x) {
      std::int32_t sum = kHalf;
      for (int i = 0; i < down.count[Index(y)]; ++i) {
        sum += weights[i] * from[Index(i) * row_size + x];
      }
      to[x] = ToLevel(sum);
    }
  }
}

void BoxReduce(const ColourView& view, const Box& box, int factor, Pixels& out) {
  const int channels = view.channels();
  out.Reshape((box.width() + factor - 1) / factor, (box.height() + factor - 1) / factor, channels);
  std::vector<std::uint32_t> sums(Index(out.width) * Index(channels));
  std::vector<std::uint8_t> buffer;
  for (int y_out = 0; y_out < out.height; ++y_out) {
    std::fill(sums.begin(), sums.end(), 0u);
    const int top = box.top + y_out * factor;
    const int bottom = std::min(top + factor, box.bottom);
    for (int y = top; y < bottom; ++y) {
      AddRow(view.Row(y, buffer) + box.left * channels, box.width(), channels, factor, sums);
    }
    std::uint8_t* to = out.row(y_out);
    for (int x_out = 0; x_out < out.width; ++x_out) {
      const int columns = std::min(factor, box.width() - x_out * factor);
      const auto area = static_cast<std::uint32_t>(columns * (bottom - top));
      for (int c = 0; c < channels; ++c) {
        const std::uint32_t sum = sums[Index(x_out * channels + c)];
        *to++ = static_cast<std::uint8_t>((sum + area / 2) / area);
      }
    }
  }
}

FitPlan PlanFit(Fit fit, int width, int height, int target_width, int target_height) {
  FitPlan plan;
  plan.region = {0, 0, static_cast<double>(width), static_cast<double>(height)};
  plan.width = target_width;
  plan.height = target_height;
  const double across = static_cast<double>(target_width) / width;
  const double down = static_cast<double>(target_height) / height;
  if (fit == Fit::kContain) {
    const double scale = std::min(across, down);
    plan.width = std::clamp(static_cast<int>(std::lround(width * scale)), 1, target_width);
    plan.height = std::clamp(static_cast<int>(std::lround(height * scale)), 1, target_height);
    plan.left = (target_width - plan.width) / 2;
    plan.top = (target_height - plan.height) / 2;
  } else if (fit == Fit::kCover) {
    const double scale = std::max(across, down);
    const double margin_across = (width - target_width / scale) / 2;
    const double margin_down = (height - target_height / scale) / 2;
    plan.region = {margin_across, margin_down, width - margin_across, height - margin_down};
  }
  return plan;
}

}  // namespace credence::image
