#include "train/batch.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/random.h"

namespace credence::train {

Batch MakeBatch(const Examples& examples, std::span<const std::int64_t> rows,
                const Variation& variation) {
  const Shape& shape = examples.shape;
  const auto count = static_cast<std::int64_t>(rows.size());
  // Channels side by side in memory: convolutions and pools are then half as expensive.
  const at::Tensor levels =
      torch::empty({count, shape.height, shape.width, shape.channels}, torch::kUInt8);
  const at::Tensor labels = torch::empty({count}, torch::kInt64);
  auto* level = levels.data_ptr<std::uint8_t>();
  auto* label = labels.data_ptr<std::int64_t>();
  image::Pixels in, out;
  in.Reshape(shape.width, shape.height, shape.channels);
  for (const std::int64_t row : rows) {
    std::copy_n(examples.levels.data() + row * shape.size(), shape.size(), in.data.data());
    if (variation.augmentation.any()) {
      const auto stream = EpochStream(variation.epoch) + 1 + static_cast<std::uint64_t>(row);
      Random random(variation.seed, stream);
      data::Augment(in, variation.augmentation, random, out);
      level = std::copy(out.data.begin(), out.data.end(), level);
    } else {
      level = std::copy(in.data.begin(), in.data.end(), level);
    }
    *label++ = examples.labels[static_cast<std::size_t>(row)];
  }
  return {levels.permute({0, 3, 1, 2}).to(torch::kFloat32) / 255, labels};
}

}  // namespace credence::train
