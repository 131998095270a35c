#include "reliability/testing.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/random.h"
#include "reliability/bank.h"
#include "reliability/image_stats.h"

namespace credence::reliability {
namespace {

// The row of the picture that a class's bar lies on.
std::size_t BarRow(std::size_t c, const WorldOptions& options) {
  return c * options.shape.height / options.classes;
}

void Paint(std::size_t label, std::uint64_t stream, const WorldOptions& options,
           std::vector<std::uint8_t>& pictures) {
  const PictureShape& shape = options.shape;
  const double noise = 120 * UniformAt(stream, 1);
  for (std::size_t i = 0; i < shape.height; ++i) {
    for (std::size_t j = 0; j < shape.width * shape.channels; ++j) {
      const double bar = i == BarRow(label, options) ? 170 : 30;
      const double level = bar + noise * NormalAt(stream, i * shape.width * shape.channels + j, 8);
      pictures.push_back(static_cast<std::uint8_t>(std::clamp(level, 0.0, 255.0)));
    }
  }
}

std::vector<float> Normals(std::uint64_t seed, std::size_t count, float scale = 1) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = scale * static_cast<float>(NormalAt(seed, i));
  return values;
}

FloatGaussians RandomGaussians(std::uint64_t seed, std::size_t classes, std::size_t size) {
  const std::size_t factors = classes > 100 ? 1 : classes;
  FloatGaussians g{.mean = Normals(seed, classes * size),
                   .factor = Normals(seed + 1, factors * size * size, 0.1F),
                   .logdet = std::vector<float>(classes, 0)};
  for (std::size_t i = 0; i < g.factor.size(); ++i) {
    const std::size_t row = i / size % size;
    if (i % size > row) g.factor[i] = 0;
    if (i % size == row) g.factor[i] = 1;
  }
  return g;
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

Profile SmallProfile() {
  const World world = MakeWorld({});
  Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
  CREDENCE_CHECK(fitted.ok());
  return std::move(fitted->profile);
}

Profile RandomProfile(const ProfileShape& shape) {
  Profile p;
  p.classes = shape.classes;
  p.picture = {.height = shape.side, .width = shape.side, .channels = 1};
  const std::size_t pixels = p.thumbnail().size();
  p.components = shape.components;
  p.pca_mean = std::vector<float>(pixels, 0.5F);
  p.pca_basis = Normals(1, shape.components * pixels, 1 / std::sqrt(static_cast<float>(pixels)));
  p.shape = RandomGaussians(2, shape.classes, shape.components);
  p.statistic = RandomGaussians(4, shape.classes, kStatistics);
  p.statistic_center.fill(0.5F);
  p.statistic_scale.fill(0.1F);
  p.present.assign(shape.classes, 1);
  p.feature_size = shape.feature_size;
  p.bank = Normals(6, shape.bank_rows * shape.feature_size);
  for (std::size_t i = 0; i < shape.bank_rows; ++i) {
    const auto row = std::span(p.bank).subspan(i * shape.feature_size, shape.feature_size);
    Normalise(row, row);
    p.bank_label.push_back(static_cast<std::int32_t>(i % shape.classes));
  }
  p.standard.mean.fill(0);
  p.standard.sd.fill(1);
  p.beta.fill(0.5);
  for (std::size_t i = 0; i < 2500; ++i) p.u_sorted.push_back(static_cast<double>(i) / 100);
  p.lac_quantile = {0.5, 0.7, 0.9};
  p.rule.theta = 2.4;
  p.drift = DriftLevels(2500);
  CREDENCE_CHECK(Validate(p).ok());
  return p;
}

std::vector<Assessment> AssessRows(const Assessor& assessor, std::span<const float> logits,
                                   std::span<const float> features, std::span<const float> x) {
  const Profile& p = assessor.profile();
  const std::size_t pixels = p.pca_mean.size();
  std::vector<Assessment> out(logits.size() / p.classes);
  AssessScratch scratch;
  for (std::size_t i = 0; i < out.size(); ++i) {
    AssessInput row{.logits = logits.subspan(i * p.classes, p.classes), .features = {}, .x = {}};
    if (p.has_features()) row.features = features.subspan(i * p.feature_size, p.feature_size);
    if (p.has_pixels()) row.x = x.subspan(i * pixels, pixels);
    assessor.Assess(row, scratch, out[i]);
  }
  return out;
}

}  // namespace credence::reliability
