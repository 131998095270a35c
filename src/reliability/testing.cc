#include "reliability/testing.h"

#include <cmath>

#include "base/check.h"
#include "base/random.h"
#include "reliability/bank.h"
#include "reliability/image_stats.h"

namespace credence::reliability {
namespace {

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

Profile RandomProfile(const ProfileShape& shape) {
  Profile p;
  p.classes = shape.classes;
  p.provenance.class_rows_a.assign(shape.classes, 100);
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
  p.u_weight = {1, 0.8, 1, 0.5};
  p.evidence = {
      .pixels = {.pixel_accuracy = 0.8, .model_accuracy = 0.9, .largest_class_share = 0.2},
      .content = true,
      .errors = 100,
      .energy_auroc = 0.8};
  p.rule.rungs = {{.risk = 0.005}, {.risk = 0.01, .theta = 2.4, .share = 0.5}};
  p.rule.rung = 1;
  p.drift = DriftLevels(2500);
  CREDENCE_CHECK(Validate(p).ok());
  return p;
}

Profile SmallProfile() {
  return RandomProfile(
      {.classes = 3, .feature_size = 4, .bank_rows = 200, .side = 8, .components = 10});
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
