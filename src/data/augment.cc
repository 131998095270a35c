#include "data/augment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace credence::data {
namespace {

double Spread(double amount, Random& random) { return amount * random.Uniform(-1, 1); }

// Where a picture's pixel comes from, about the middle: (x, y) -> (xx x + xy y + x0, …).
struct Affine {
  double xx, xy, x0, yx, yy, y0;

  Affine(const AugmentOptions& options, Random& random) {
    const double largest = std::tan(options.rotate_deg * std::numbers::pi / 360);
    const double half = Spread(largest, random);  // tan of half the angle
    const double cosine = (1 - half * half) / (1 + half * half);
    const double sine = 2 * half / (1 + half * half);
    const double across = 1 / (1 + Spread(options.scale_share, random));
    const double down = 1 / (1 + Spread(options.scale_share, random));
    const double shear = Spread(options.shear, random);
    xx = across * cosine;
    xy = across * (shear * cosine - sine);
    yx = down * sine;
    yy = down * (shear * sine + cosine);
    x0 = Spread(options.shift_px, random);
    y0 = Spread(options.shift_px, random);
  }
};

// Displacements at the knots of a grid, between them smooth (bilinear over smoothed steps).
class Elastic {
 public:
  Elastic(const AugmentOptions& options, int width, int height, Random& random)
      : cell_(std::max(options.elastic_cell_px, 2.0)),
        columns_(static_cast<int>(width / cell_) + 2) {
    if (options.elastic_px <= 0) return;
    knots_.resize(static_cast<std::size_t>(columns_) *
                  static_cast<std::size_t>(static_cast<int>(height / cell_) + 2));
    for (std::array<double, 2>& knot : knots_) {
      knot = {Spread(options.elastic_px, random), Spread(options.elastic_px, random)};
    }
  }
  std::array<double, 2> operator()(int x, int y) const {
    if (knots_.empty()) return {0, 0};
    const double u = x / cell_, v = y / cell_;
    const int column = static_cast<int>(u), row = static_cast<int>(v);
    const double s = Smooth(u - column), t = Smooth(v - row);
    const auto* knot = &knots_[static_cast<std::size_t>(row * columns_ + column)];
    std::array<double, 2> result = {};
    for (std::size_t i = 0; i < 2; ++i) {
      const double upper = knot[0][i] * (1 - s) + knot[1][i] * s;
      const double lower = knot[columns_][i] * (1 - s) + knot[columns_ + 1][i] * s;
      result[i] = upper * (1 - t) + lower * t;
    }
    return result;
  }

 private:
  static double Smooth(double t) { return t * t * (3 - 2 * t); }
  double cell_;
  int columns_;
  std::vector<std::array<double, 2>> knots_;
};

// Bilinear sample at pixel centres (x, y) into `out`, one level a channel.
void Sample(const image::Pixels& in, double x, double y, std::uint8_t background,
            std::uint8_t* out) {
  if (x <= -1 || y <= -1 || x >= in.width || y >= in.height) {
    std::fill_n(out, in.channels, background);
    return;
  }
  const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
  const double s = x - left, t = y - top;
  for (int c = 0; c < in.channels; ++c) {
    const auto level = [&](int u, int v) -> double {
      if (u < 0 || v < 0 || u >= in.width || v >= in.height) return background;
      return in.row(v)[u * in.channels + c];
    };
    const double upper = level(left, top) * (1 - s) + level(left + 1, top) * s;
    const double lower = level(left, top + 1) * (1 - s) + level(left + 1, top + 1) * s;
    out[c] = static_cast<std::uint8_t>(upper * (1 - t) + lower * t + 0.5);
  }
}

// Blends with the largest (amount > 0) or smallest (< 0) level of the pixel and its 4 neighbours.
void Thicken(double amount, image::Pixels& picture) {
  const image::Pixels in = picture;
  const double share = std::min(std::abs(amount), 1.0);
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      for (int c = 0; c < in.channels; ++c) {
        const auto at = [&](int u, int v) {
          return in.row(
              std::clamp(v, 0, in.height - 1))[std::clamp(u, 0, in.width - 1) * in.channels + c];
        };
        const std::array<std::uint8_t, 5> near = {at(x, y), at(x - 1, y), at(x + 1, y),
                                                  at(x, y - 1), at(x, y + 1)};
        const std::uint8_t extreme = amount > 0 ? *std::max_element(near.begin(), near.end())
                                                : *std::min_element(near.begin(), near.end());
        picture.row(y)[x * in.channels + c] =
            static_cast<std::uint8_t>(near[0] * (1 - share) + extreme * share + 0.5);
      }
    }
  }
}

}  // namespace

void Augment(const image::Pixels& in, const AugmentOptions& options, Random& random,
             image::Pixels& out) {
  CREDENCE_CHECK(&in != &out && in.width > 0 && in.height > 0);
  const Affine affine(options, random);
  const Elastic elastic(options, in.width, in.height, random);
  const double thickness = Spread(options.thickness_px, random);
  const double middle_x = (in.width - 1) / 2.0, middle_y = (in.height - 1) / 2.0;
  out.Reshape(in.width, in.height, in.channels);
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      const double u = x - middle_x - affine.x0, v = y - middle_y - affine.y0;
      const std::array<double, 2> moved = elastic(x, y);
      Sample(in, middle_x + affine.xx * u + affine.xy * v + moved[0],
             middle_y + affine.yx * u + affine.yy * v + moved[1], options.background,
             out.row(y) + x * in.channels);
    }
  }
  if (thickness != 0) Thicken(thickness, out);
}

}  // namespace credence::data
