#include "train/augment.h"

#include <torch/torch.h>

#include <numbers>

namespace credence::train {
namespace {

namespace F = torch::nn::functional;

// [n], even in -by..by.
torch::Tensor Even(std::int64_t n, float by) { return (torch::rand({n}) * 2 - 1) * by; }

// One affine map a picture, from output to input, in coordinates of -1..1. [n, 2, 3]
torch::Tensor Affine(const torch::Tensor& pictures, const Augmentation& by) {
  const std::int64_t n = pictures.size(0);
  const torch::Tensor angle = Even(n, by.rotate_degrees * std::numbers::pi_v<float> / 180);
  const torch::Tensor scale_x = 1 + Even(n, by.scale);
  const torch::Tensor scale_y = 1 + Even(n, by.scale);
  const torch::Tensor shear = Even(n, by.shear);
  const torch::Tensor cos = torch::cos(angle), sin = torch::sin(angle);
  const torch::Tensor left = Even(n, by.shift_px) * 2 / pictures.size(3);
  const torch::Tensor top = Even(n, by.shift_px) * 2 / pictures.size(2);
  const torch::Tensor first = torch::stack({cos * scale_x, (shear * cos - sin) * scale_y, left}, 1);
  const torch::Tensor second = torch::stack({sin * scale_x, (shear * sin + cos) * scale_y, top}, 1);
  return torch::stack({first, second}, 1);
}

// A smooth random displacement: a coarse grid of normal numbers, enlarged. [n, height, width, 2]
torch::Tensor Elastic(const torch::Tensor& pictures, float px) {
  constexpr std::int64_t kCoarse = 5;
  const std::int64_t height = pictures.size(2), width = pictures.size(3);
  torch::Tensor field = torch::randn({pictures.size(0), 2, kCoarse, kCoarse});
  field = F::interpolate(field, F::InterpolateFuncOptions()
                                    .size(std::vector<std::int64_t>{height, width})
                                    .mode(torch::kBilinear)
                                    .align_corners(true));
  const torch::Tensor unit =
      torch::tensor({2 * px / static_cast<float>(width), 2 * px / static_cast<float>(height)});
  return field.permute({0, 2, 3, 1}) * unit;
}

// Half of the pictures go some way towards their maximum over 3x3 px, the others to the minimum.
torch::Tensor Thickness(const torch::Tensor& pictures, float share) {
  const torch::Tensor by = Even(pictures.size(0), share).view({-1, 1, 1, 1});
  const torch::Tensor brighter = torch::max_pool2d(pictures, 3, 1, 1);
  const torch::Tensor darker = -torch::max_pool2d(-pictures, 3, 1, 1);
  return pictures + by.clamp_min(0) * (brighter - pictures) - by.clamp_max(0) * (darker - pictures);
}

}  // namespace

at::Tensor Augment(const at::Tensor& pictures, const Augmentation& augmentation) {
  if (!augmentation.any()) return pictures;
  const torch::NoGradGuard no_grad;
  torch::Tensor grid =
      torch::affine_grid_generator(Affine(pictures, augmentation), pictures.sizes(), false);
  if (augmentation.elastic_px > 0) grid = grid + Elastic(pictures, augmentation.elastic_px);
  torch::Tensor out = torch::grid_sampler(pictures, grid, 0 /* bilinear */, 1 /* border */, false);
  if (augmentation.thickness > 0) out = Thickness(out, augmentation.thickness);
  if (augmentation.gamma > 0) {
    const torch::Tensor power =
        Even(pictures.size(0), augmentation.gamma).exp().view({-1, 1, 1, 1});
    out = out.clamp_min(0).pow(power);
  }
  return out.clamp(0, 1);
}

}  // namespace credence::train
