#include "fitting/testing.h"

#include <algorithm>

#include "base/check.h"
#include "base/random.h"

namespace credence::fitting {
namespace {

// The row of the picture that a class's bar lies on.
std::size_t BarRow(std::size_t c, const WorldOptions& options) {
  return c * options.shape.height / options.classes;
}

void Paint(std::size_t label, std::uint64_t stream, const WorldOptions& options,
           std::vector<std::uint8_t>& pictures) {
  const reliability::PictureShape& shape = options.shape;
  const double noise = 120 * UniformAt(stream, 1);
  for (std::size_t i = 0; i < shape.height; ++i) {
    for (std::size_t j = 0; j < shape.width * shape.channels; ++j) {
      const double bar = i == BarRow(label, options) ? 170 : 30;
      const double level = bar + noise * NormalAt(stream, i * shape.width * shape.channels + j, 8);
      pictures.push_back(static_cast<std::uint8_t>(std::clamp(level, 0.0, 255.0)));
    }
  }
}

}  // namespace

CalibrationRows World::rows() const {
  return {.shape = options.shape,
          .classes = options.classes,
          .feature_size = options.feature_size,
          .pictures = pictures,
          .logits = outputs.logits,
          .features = outputs.features,
          .labels = labels};
}

ModelOutputs World::Run(std::span<const std::uint8_t> batch, std::size_t count) const {
  ModelOutputs result;
  const std::size_t line = options.shape.width * options.shape.channels;
  for (std::size_t n = 0; n < count; ++n) {
    const auto picture = batch.subspan(n * options.shape.size(), options.shape.size());
    for (std::size_t c = 0; c < options.classes; ++c) {
      const auto bar = picture.subspan(BarRow(c, options) * line, line);
      double sum = 0;
      for (const std::uint8_t level : bar) sum += level;
      result.logits.push_back(static_cast<float>(sum / static_cast<double>(line) / 12));
    }
    for (std::size_t f = 0; f < options.feature_size; ++f) {
      double sum = 0;
      const std::size_t begin = f * picture.size() / options.feature_size;
      const std::size_t end = (f + 1) * picture.size() / options.feature_size;
      for (std::size_t i = begin; i < end; ++i) sum += picture[i];
      result.features.push_back(static_cast<float>(sum / 1000));
    }
  }
  return result;
}

RunModel World::run_model() const {
  return [this](std::span<const std::uint8_t> batch, std::size_t count) -> Result<ModelOutputs> {
    return Run(batch, count);
  };
}

World MakeWorld(const WorldOptions& options) {
  World world{.options = options, .pictures = {}, .labels = {}, .outputs = {}};
  for (std::size_t row = 0; world.labels.size() < options.rows; ++row) {
    const std::uint64_t stream = SubSeed(options.seed, row);
    const auto label =
        static_cast<std::size_t>(UniformAt(stream, 0) * static_cast<double>(options.classes));
    if (label == options.missing_class) continue;
    Paint(label, stream, options, world.pictures);
    world.labels.push_back(static_cast<std::int32_t>(label));
  }
  world.outputs = world.Run(world.pictures, options.rows);
  return world;
}

reliability::Profile FittedProfile() {
  const World world = MakeWorld({});
  Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
  CREDENCE_CHECK(fitted.ok());
  return std::move(fitted->profile);
}

}  // namespace credence::fitting
