#include "fitting/corrupt.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/random.h"

namespace credence::fitting {
namespace {

// Draws 0-5 decide what the copy is; noise starts after them.
constexpr std::uint64_t kNoiseFirstDraw = 8;

std::size_t Floor(double v) { return static_cast<std::size_t>(v); }

double ShortSide(const reliability::PictureShape& shape) {
  return static_cast<double>(std::min(shape.height, shape.width));
}

std::vector<double> GaussianKernel(double sd) {
  const std::size_t radius = Floor(4 * sd + 0.5);
  std::vector<double> kernel(2 * radius + 1);
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const double off = (static_cast<double>(i) - static_cast<double>(radius)) / sd;
    kernel[i] = std::exp(-0.5 * off * off);
  }
  const double sum = std::accumulate(kernel.begin(), kernel.end(), 0.0);
  for (double& weight : kernel) weight /= sum;
  return kernel;
}

// Convolves along one axis: `count` elements `stride` apart, edges replicated.
void BlurLine(std::span<const double> kernel, const double* in, double* out, std::size_t count,
              std::size_t stride) {
  const auto radius = static_cast<std::ptrdiff_t>(kernel.size() / 2);
  const auto last = static_cast<std::ptrdiff_t>(count) - 1;
  for (std::ptrdiff_t i = 0; i <= last; ++i) {
    double sum = 0;
    for (std::ptrdiff_t k = -radius; k <= radius; ++k) {
      const auto from = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i + k, 0, last));
      sum += kernel[static_cast<std::size_t>(k + radius)] * in[from * stride];
    }
    out[static_cast<std::size_t>(i) * stride] = sum;
  }
}

void Blur(double severity, const reliability::PictureShape& shape, std::vector<double>& a) {
  const std::vector<double> kernel = GaussianKernel((0.4 + 2 * severity) * ShortSide(shape) / 28);
  const std::size_t line = shape.width * shape.channels;
  std::vector<double> between(a.size());
  for (std::size_t j = 0; j < line; ++j) {
    BlurLine(kernel, a.data() + j, between.data() + j, shape.height, line);
  }
  for (std::size_t i = 0; i < shape.height; ++i) {
    for (std::size_t c = 0; c < shape.channels; ++c) {
      const std::size_t begin = i * line + c;
      BlurLine(kernel, between.data() + begin, a.data() + begin, shape.width, shape.channels);
    }
  }
}

void Patch(const Corruption& corruption, const reliability::PictureShape& shape,
           std::vector<double>& a) {
  constexpr std::array<double, 3> kLevels = {0, 0.5, 1};
  const auto uniform = [&](std::uint64_t i) { return UniformAt(corruption.stream, i); };
  const std::size_t side = std::min(
      std::min(shape.height, shape.width),
      std::max<std::size_t>(1, Floor((4 + 8 * corruption.severity) * ShortSide(shape) / 28)));
  const std::size_t top = Floor(uniform(3) * static_cast<double>(shape.height - side + 1));
  const std::size_t left = Floor(uniform(4) * static_cast<double>(shape.width - side + 1));
  const double level = kLevels[Floor(3 * uniform(5))];
  for (std::size_t i = top; i < top + side; ++i) {
    double* row = a.data() + (i * shape.width + left) * shape.channels;
    std::fill(row, row + side * shape.channels, level);
  }
}

void Apply(const Corruption& corruption, const reliability::PictureShape& shape,
           std::vector<double>& a) {
  const double v = corruption.severity;
  switch (corruption.damage) {
    case Damage::kNoise:
      for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] += 0.5 * v * NormalAt(corruption.stream, i, kNoiseFirstDraw);
      }
      return;
    case Damage::kBlur:
      return Blur(v, shape, a);
    case Damage::kContrast: {
      const double mean = std::accumulate(a.begin(), a.end(), 0.0) / static_cast<double>(a.size());
      for (double& level : a) level = mean + (1 - 0.85 * v) * (level - mean);
      return;
    }
    case Damage::kBrightness:
      for (double& level : a) level += corruption.brighter ? 0.6 * v : -0.3 * v;
      return;
    case Damage::kPatch:
      return Patch(corruption, shape, a);
  }
}

bool IsGrey(std::span<const std::uint8_t> picture) {
  for (std::size_t i = 0; i + 2 < picture.size(); i += 3) {
    if (picture[i] != picture[i + 1] || picture[i] != picture[i + 2]) return false;
  }
  return true;
}

}  // namespace

std::string_view DamageName(Damage damage) {
  constexpr std::array<std::string_view, kDamages> kNames = {"noise", "blur", "contrast",
                                                             "brightness", "patch"};
  return kNames[static_cast<std::size_t>(damage)];
}

Corruption DrawCorruption(std::uint64_t copies_seed, std::size_t k) {
  const std::uint64_t stream = SubSeed(copies_seed, k);
  return {.stream = stream,
          .damage = static_cast<Damage>(Floor(kDamages * UniformAt(stream, 0))),
          .severity = UniformAt(stream, 1),
          .brighter = UniformAt(stream, 2) < 0.5};
}

std::size_t CopyCount(std::size_t rows_a) {
  return std::clamp<std::size_t>(2 * rows_a, 1000, 5000);
}

void Corrupt(const Corruption& corruption, std::span<const std::uint8_t> picture,
             const reliability::PictureShape& shape, std::span<std::uint8_t> out) {
  CREDENCE_CHECK(picture.size() == shape.size() && out.size() == shape.size());
  const std::size_t step = shape.channels == 3 && IsGrey(picture) ? 3 : 1;
  reliability::PictureShape damaged = shape;
  damaged.channels /= step;
  std::vector<double> a(damaged.size());
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<double>(picture[i * step]) / 255;
  Apply(corruption, damaged, a);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double level = std::floor(255 * std::clamp(a[i], 0.0, 1.0) + 0.5);
    std::fill_n(out.data() + i * step, step, static_cast<std::uint8_t>(level));
  }
}

}  // namespace credence::fitting
