#include "fitting/cross_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fitting/bank.h"
#include "fitting/streams.h"
#include "reliability/logits.h"

namespace credence::fitting {
namespace {

std::vector<float> ToFloat(std::span<const double> values) {
  std::vector<float> result(values.size());
  std::transform(values.begin(), values.end(), result.begin(),
                 [](double v) { return static_cast<float>(v); });
  return result;
}

void CopyDouble(std::span<const float> from, std::span<double> to) {
  std::transform(from.begin(), from.end(), to.begin(),
                 [](float v) { return static_cast<double>(v); });
}

reliability::FloatGaussians ToFloat(const ClassGaussians& g) {
  reliability::FloatGaussians f{
      .mean = ToFloat(g.mean.values), .factor = {}, .logdet = ToFloat(g.logdet)};
  for (const Matrix& factor : g.factor) {
    const std::vector<float> values = ToFloat(factor.values);
    f.factor.insert(f.factor.end(), values.begin(), values.end());
  }
  return f;
}

double Smallest(std::span<const double> values) {
  return *std::min_element(values.begin(), values.end());
}

}  // namespace

CrossFit::CrossFit(const LearnRows& rows, std::uint64_t seed)
    : classes_(rows.classes),
      temperature_(rows.temperature),
      thumbnail_(reliability::ThumbnailShape(rows.picture)),
      labels_(rows.labels),
      group_(rows.groups),
      fold_(Permutation(StreamSeed(seed, Stream::kFolds), rows.group_count)) {
  for (std::size_t& fold : fold_) fold %= kFolds;
  if (!rows.x.empty()) FitPixels(rows);
  if (rows.feature_size != 0) FillBank(rows, seed);
}

void CrossFit::FitPixels(const LearnRows& rows) {
  const std::size_t n = labels_.size();
  const std::size_t pixels = thumbnail_.size();
  Matrix x(n, pixels);
  CopyDouble(rows.x, x.values);
  pca_ = FitPca(x, PcaComponents(n, pixels));
  Matrix scores(n, pca_.basis.rows);
  Matrix stats(n, reliability::kStatistics);
  for (std::size_t i = 0; i < n; ++i) {
    const std::vector<double> tau = Project(pca_, x.row(i));
    std::copy(tau.begin(), tau.end(), scores.row(i).begin());
    CopyDouble(reliability::ImageStats(std::span(rows.x).subspan(i * pixels, pixels),
                                       thumbnail_.height, thumbnail_.width),
               stats.row(i));
  }
  std::vector<bool> use(n, true);
  all_ = FitModels(scores, stats, use);
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    for (std::size_t i = 0; i < n; ++i) use[i] = fold_[group_[i]] != fold;
    without_fold_[fold] = FitModels(scores, stats, use);
  }
}

CrossFit::PixelModels CrossFit::FitModels(const Matrix& scores, const Matrix& stats,
                                          const std::vector<bool>& use) const {
  PixelModels models;
  models.shape = FitClassGaussians(scores, labels_, classes_, use);
  const auto n = static_cast<double>(std::count(use.begin(), use.end(), true));
  for (std::size_t j = 0; j < reliability::kStatistics; ++j) {
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < stats.rows; ++i) {
      if (use[i]) sum += stats.row(i)[j];
    }
    const double mean = sum / n;
    for (std::size_t i = 0; i < stats.rows; ++i) {
      const double off = stats.row(i)[j] - mean;
      if (use[i]) squares += off * off;
    }
    models.center[j] = mean;
    models.scale[j] = std::sqrt(squares / n) + 1e-9;
  }
  Matrix standard = stats;
  for (std::size_t i = 0; i < stats.rows; ++i) {
    for (std::size_t j = 0; j < reliability::kStatistics; ++j) {
      standard.row(i)[j] = (stats.row(i)[j] - models.center[j]) / models.scale[j];
    }
  }
  models.statistic = FitClassGaussians(standard, labels_, classes_, use);
  return models;
}

void CrossFit::FillBank(const LearnRows& rows, std::uint64_t seed) {
  const std::size_t n = labels_.size();
  const std::size_t p = rows.feature_size;
  const std::vector<std::size_t> chosen = ChooseBank(seed, n, p);
  bank_ = Matrix(chosen.size(), p);
  std::vector<float> unit(p);
  for (std::size_t place = 0; place < chosen.size(); ++place) {
    const std::size_t row = chosen[place];
    reliability::Normalise(std::span(rows.features).subspan(row * p, p), unit);
    CopyDouble(unit, bank_.row(place));
    bank_label_.push_back(labels_[row]);
    bank_group_.push_back(group_[row]);
  }
}

void CrossFit::LookAtPixels(const PixelModels& models, std::span<const float> x,
                            std::size_t predicted, Seen& seen) const {
  reliability::Signals& signals = seen.signals;
  std::vector<double> picture(x.size());
  CopyDouble(x, picture);
  const std::vector<double> distance = Mahalanobis(models.shape, Project(pca_, picture));
  signals[reliability::kShapeNearness] = reliability::NearnessSignal(Smallest(distance));
  const std::vector<double> likelihood = LogLikelihood(models.shape, distance);
  signals[reliability::kSecondOpinion] = SecondOpinion(likelihood, predicted);
  seen.second_opinion = static_cast<std::size_t>(
      std::max_element(likelihood.begin(), likelihood.end()) - likelihood.begin());

  std::array<double, reliability::kStatistics> stats{};
  CopyDouble(reliability::ImageStats(x, thumbnail_.height, thumbnail_.width), stats);
  for (std::size_t j = 0; j < reliability::kStatistics; ++j) {
    stats[j] = (stats[j] - models.center[j]) / models.scale[j];
  }
  signals[reliability::kStatisticNearness] =
      reliability::NearnessSignal(Smallest(Mahalanobis(models.statistic, stats)));
}

Seen CrossFit::Look(std::size_t source, const LearnOutput& output) const {
  Seen seen;
  reliability::Signals& signals = seen.signals;
  const std::size_t predicted = reliability::Argmax(output.logits);
  std::vector<float> probabilities(output.logits.size());
  const reliability::Softmax softmax =
      reliability::ScaledSoftmax(output.logits, temperature_, probabilities);
  signals[reliability::kMargin] = reliability::MarginSignal(softmax.log_odds);
  signals[reliability::kEnergy] = softmax.energy;
  if (bank_.rows != 0) {
    std::vector<float> unit(bank_.cols);
    std::vector<double> wide(bank_.cols);
    reliability::Normalise(output.features, unit);
    CopyDouble(unit, wide);
    const reliability::Neighbours neighbours =
        FindNeighbours(bank_, bank_label_, wide, static_cast<std::int32_t>(predicted),
                       LeftOut{.groups = bank_group_, .group = group_[source]});
    signals[reliability::kNeighbourRatio] = reliability::NeighbourRatioSignal(neighbours);
    signals[reliability::kFeatureNearness] = reliability::FeatureNearnessSignal(neighbours);
  }
  if (pca_.basis.rows != 0) {
    LookAtPixels(without_fold_[fold_[group_[source]]], output.x, predicted, seen);
  }
  return seen;
}

void CrossFit::Store(reliability::Profile& profile) const {
  profile.present.assign(classes_, 0);
  for (const std::int32_t label : labels_) profile.present[static_cast<std::size_t>(label)] = 1;
  profile.bank = ToFloat(bank_.values);
  profile.bank_label = bank_label_;
  if (pca_.basis.rows == 0) return;
  profile.components = pca_.basis.rows;
  profile.pca_mean = ToFloat(pca_.mean);
  profile.pca_basis = ToFloat(pca_.basis.values);
  profile.shape = ToFloat(all_.shape);
  profile.statistic = ToFloat(all_.statistic);
  for (std::size_t j = 0; j < reliability::kStatistics; ++j) {
    profile.statistic_center[j] = static_cast<float>(all_.center[j]);
    profile.statistic_scale[j] = static_cast<float>(all_.scale[j]);
  }
}

}  // namespace credence::fitting
