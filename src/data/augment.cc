#include "data/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/check.h"

namespace credence::data {
namespace {

double Spread(double amount, Random& random) { return amount * random.Uniform(-1, 1); }

// Where a picture's pixel comes from, about the middle: (x, y) -> (xx x + xy y + x0, …).
struct Affine {
  float xx, xy, x0, yx, yy, y0;

  Affine(const Augmentation& by, Random& random) {
    const double largest = std::tan(by.rotate_deg * std::numbers::pi / 360);
    const double half = Spread(largest, random);  // tan of half the angle
    const double cosine = (1 - half * half) / (1 + half * half);
    const double sine = 2 * half / (1 + half * half);
    const double across = 1 / (1 + Spread(by.scale_share, random));
    const double down = 1 / (1 + Spread(by.scale_share, random));
    const double shear = Spread(by.shear, random);
    xx = static_cast<float>(across * cosine);
    xy = static_cast<float>(across * (shear * cosine - sine));
    yx = static_cast<float>(down * sine);
    yy = static_cast<float>(down * (shear * sine + cosine));
    x0 = static_cast<float>(Spread(by.shift_px, random));
    y0 = static_cast<float>(Spread(by.shift_px, random));
  }
};

// Displacements at the knots of a grid, between them smooth (bilinear over smoothed steps).
class Elastic {
 public:
  Elastic(const Augmentation& by, int width, int height, Random& random)
      : cell_(static_cast<float>(std::max(by.elastic_cell_px, 2.0))), columns_(KnotsAlong(width)) {
    if (by.elastic_px <= 0) return;
    knots_.resize(static_cast<std::size_t>(columns_) *
                  static_cast<std::size_t>(KnotsAlong(height)));
    for (std::array<float, 2>& knot : knots_) {
      const double x = Spread(by.elastic_px, random), y = Spread(by.elastic_px, random);
      knot = {static_cast<float>(x), static_cast<float>(y)};
    }
  }
  std::array<float, 2> operator()(int x, int y) const {
    if (knots_.empty()) return {0, 0};
    const float u = static_cast<float>(x) / cell_, v = static_cast<float>(y) / cell_;
    const int column = static_cast<int>(u), row = static_cast<int>(v);
    const float s = Smooth(u - static_cast<float>(column)), t = Smooth(v - static_cast<float>(row));
    const auto* knot = knots_.data() + row * columns_ + column;
    std::array<float, 2> result = {};
    for (std::size_t i = 0; i < 2; ++i) {
      const float upper = knot[0][i] * (1 - s) + knot[1][i] * s;
      const float lower = knot[columns_][i] * (1 - s) + knot[columns_ + 1][i] * s;
      result[i] = upper * (1 - t) + lower * t;
    }
    return result;
  }

 private:
  static float Smooth(float t) { return t * t * (3 - 2 * t); }
  int KnotsAlong(int px) const { return static_cast<int>(static_cast<float>(px) / cell_) + 2; }

  float cell_;
  int columns_;
  std::vector<std::array<float, 2>> knots_;
};

// Two neighbouring pixels along an axis, and how far it is from the first to the second.
struct Between {
  int first, second;
  float share;

  Between(float at, int count) {
    at = std::clamp(at, 0.0f, static_cast<float>(count - 1));
    first = static_cast<int>(at);
    second = std::min(first + 1, count - 1);
    share = at - static_cast<float>(first);
  }
};

// Bilinear sample at pixel centres (x, y) into `out`, one level a channel.
void Sample(const image::Pixels& in, float x, float y, std::uint8_t* out) {
  const Between across(x, in.width), down(y, in.height);
  const std::uint8_t* upper = in.row(down.first);
  const std::uint8_t* lower = in.row(down.second);
  const int left = across.first * in.channels, right = across.second * in.channels;
  for (int c = 0; c < in.channels; ++c) {
    const auto mix = [&](const std::uint8_t* row) {
      return static_cast<float>(row[left + c]) * (1 - across.share) +
             static_cast<float>(row[right + c]) * across.share;
    };
    out[c] =
        static_cast<std::uint8_t>(mix(upper) * (1 - down.share) + mix(lower) * down.share + 0.5f);
  }
}

void Resample(const image::Pixels& in, const Affine& affine, const Elastic& elastic,
              image::Pixels& out) {
  const float middle_x = static_cast<float>(in.width - 1) / 2;
  const float middle_y = static_cast<float>(in.height - 1) / 2;
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      const float u = static_cast<float>(x) - middle_x - affine.x0;
      const float v = static_cast<float>(y) - middle_y - affine.y0;
      const std::array<float, 2> moved = elastic(x, y);
      Sample(in, middle_x + affine.xx * u + affine.xy * v + moved[0],
             middle_y + affine.yx * u + affine.yy * v + moved[1], out.row(y) + x * in.channels);
    }
  }
}

// Blends with the largest (amount > 0) or smallest (< 0) level of the pixel and its 4 neighbours.
void Thicken(double amount, image::Pixels& picture) {
  const image::Pixels in = picture;
  const float share = static_cast<float>(std::min(std::abs(amount), 1.0));
  const int step = in.channels;
  for (int y = 0; y < in.height; ++y) {
    const std::uint8_t* middle = in.row(y);
    const std::uint8_t* above = in.row(std::max(y - 1, 0));
    const std::uint8_t* below = in.row(std::min(y + 1, in.height - 1));
    std::uint8_t* out = picture.row(y);
    for (int i = 0; i < in.width * step; ++i) {
      const int left = i < step ? i : i - step;
      const int right = i + step < in.width * step ? i + step : i;
      const auto near = {middle[i], middle[left], middle[right], above[i], below[i]};
      const std::uint8_t extreme = amount > 0 ? std::max(near) : std::min(near);
      out[i] = static_cast<std::uint8_t>(static_cast<float>(middle[i]) * (1 - share) +
                                         static_cast<float>(extreme) * share + 0.5f);
    }
  }
}

void Darken(double exponent, image::Pixels& picture) {
  std::array<std::uint8_t, 256> levels{};
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const double level = 255 * std::pow(static_cast<double>(i) / 255, exponent);
    levels[i] = static_cast<std::uint8_t>(level + 0.5);
  }
  for (std::uint8_t& level : picture.data) level = levels[level];
}

}  // namespace

void Augment(const image::Pixels& in, const Augmentation& augmentation, Random& random,
             image::Pixels& out) {
  CREDENCE_CHECK(&in != &out && in.width > 0 && in.height > 0);
  const Affine affine(augmentation, random);
  const Elastic elastic(augmentation, in.width, in.height, random);
  const double thickness = Spread(augmentation.thickness_px, random);
  const double gamma = Spread(augmentation.gamma, random);
  out.Reshape(in.width, in.height, in.channels);
  Resample(in, affine, elastic, out);
  if (thickness != 0) Thicken(thickness, out);
  if (gamma != 0) Darken(std::exp(gamma), out);
}

}  // namespace credence::data
