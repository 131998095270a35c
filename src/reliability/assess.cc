#include "reliability/assess.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "reliability/bank.h"
#include "reliability/image_stats.h"
#include "reliability/logits.h"

namespace credence::reliability {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr double kZetaMax = 10;

bool AllFinite(std::span<const float> values) {
  // The product is NaN when any factor is not finite; it vectorises where std::isfinite branches.
  float zero = 0;
  for (const float value : values) zero += value * 0.0F;
  return zero == 0;
}

std::span<float> Resized(std::vector<float>& buffer, std::size_t size) {
  if (buffer.size() < size) buffer.resize(size);
  return {buffer.data(), size};
}

double LogOddsOf(std::span<const float> log_likelihood, std::size_t predicted) {
  if (log_likelihood[predicted] == -kInfinity) return -50;
  float top = -kInfinity;
  for (std::size_t c = 0; c < log_likelihood.size(); ++c) {
    if (c != predicted) top = std::max(top, log_likelihood[c]);
  }
  if (top == -kInfinity) return 50;
  double sum = 0;
  for (std::size_t c = 0; c < log_likelihood.size(); ++c) {
    if (c != predicted) sum += static_cast<double>(std::exp(log_likelihood[c] - top));
  }
  const double odds = static_cast<double>(log_likelihood[predicted]) - static_cast<double>(top);
  return std::clamp(odds - std::log(sum), -50.0, 50.0);
}

}  // namespace

Assessor::Gaussians Assessor::Prepare(const FloatGaussians& fitted, std::size_t size) {
  Gaussians g{.size = size, .factor = {}, .mean = fitted.mean, .white_mean = {}};
  const std::size_t square = size * size;
  for (std::size_t begin = 0; begin < fitted.factor.size(); begin += square) {
    g.factor.emplace_back(std::span(fitted.factor).subspan(begin, square), size);
  }
  if (g.factor.size() == 1) {
    std::vector<float> white(g.factor[0].padded_rows());
    for (std::size_t begin = 0; begin < g.mean.size(); begin += size) {
      g.factor[0].Multiply(g.mean.data() + begin, white.data());
      std::copy_n(white.data(), size, g.mean.data() + begin);
    }
    g.white_mean = PackedMatrix(g.mean, size);
    g.mean.clear();
  }
  return g;
}

void Assessor::Gaussians::Distances(std::span<const float> at,
                                    const std::vector<std::int32_t>& present,
                                    AssessScratch& scratch, std::span<float> distance) const {
  const std::span<float> white = Resized(scratch.c, factor[0].padded_rows());
  if (factor.size() == 1) {
    factor[0].Multiply(at.data(), white.data());
    const std::span<float> all = Resized(scratch.b, white_mean.padded_rows());
    white_mean.SquaredDistances(white.data(), all.data());
    for (std::size_t c = 0; c < distance.size(); ++c) {
      distance[c] = present[c] == 0 ? kInfinity : all[c];
    }
    return;
  }
  const std::span<float> off = Resized(scratch.b, size);
  for (std::size_t c = 0; c < distance.size(); ++c) {
    if (present[c] == 0) {
      distance[c] = kInfinity;
      continue;
    }
    const float* center = mean.data() + c * size;
    for (std::size_t j = 0; j < size; ++j) off[j] = at[j] - center[j];
    factor[c].Multiply(off.data(), white.data());
    distance[c] = SquaredNorm(white);  // padding rows are 0
  }
}

Assessor::Assessor(Profile profile)
    : profile_(std::move(profile)),
      foreign_odds_(profile_.u_sorted.size(), profile_.foreign_share) {
  const Profile& p = profile_;
  if (p.has_pixels()) {
    basis_ = PackedMatrix(p.pca_basis, p.pca_mean.size());
    shape_ = Prepare(p.shape, p.components);
    statistic_ = Prepare(p.statistic, kStatistics);
  }
  if (p.has_features()) {
    bank_ = PackedMatrix(p.bank, p.feature_size);
    bank_label_ = p.bank_label;
    bank_label_.resize(bank_.padded_rows(), -1);
  }
}

void Assessor::LookAtFeatures(std::span<const float> features, std::size_t predicted,
                              AssessScratch& scratch, Signals& signals) const {
  const std::span<float> unit = Resized(scratch.a, features.size());
  Normalise(features, unit);
  const std::span<float> cosine = Resized(scratch.b, bank_.padded_rows());
  bank_.Multiply(unit.data(), cosine.data());

  const auto wanted = static_cast<std::int32_t>(predicted);
  std::fill(cosine.begin() + static_cast<std::ptrdiff_t>(bank_.rows()), cosine.end(), -1.0F);
  // One maximum a lane: the loop over lanes vectorises. Padding rows have label -1, cosine -1.
  std::array<float, kLanes> same{}, other{};
  same.fill(-1);
  other.fill(-1);
  for (std::size_t begin = 0; begin < bank_.rows(); begin += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      const float value = cosine[begin + l];
      const bool match = bank_label_[begin + l] == wanted;
      const float as_same = match ? value : -1.0F;
      const float as_other = match ? -1.0F : value;
      same[l] = as_same > same[l] ? as_same : same[l];
      other[l] = as_other > other[l] ? as_other : other[l];
    }
  }
  const auto distance = [](const std::array<float, kLanes>& best) {
    const double cos = static_cast<double>(*std::max_element(best.begin(), best.end()));
    return std::clamp(1 - cos, 0.0, 2.0);
  };
  Neighbours n{.same = distance(same), .other = distance(other)};
  n.nearest = std::min(n.same, n.other);
  signals[kNeighbourRatio] = NeighbourRatioSignal(n);
  signals[kFeatureNearness] = FeatureNearnessSignal(n);
}

std::size_t Assessor::LookAtPixels(std::span<const float> x, std::size_t predicted,
                                   AssessScratch& scratch, Signals& signals) const {
  const Profile& p = profile_;
  const std::span<float> centred = Resized(scratch.a, x.size());
  for (std::size_t i = 0; i < x.size(); ++i) centred[i] = x[i] - p.pca_mean[i];
  // τ, padded with zeros, lies behind the picture it comes from.
  const std::span<float> tau =
      Resized(scratch.a, x.size() + basis_.padded_rows()).subspan(x.size());
  basis_.Multiply(scratch.a.data(), tau.data());

  const std::span<float> likelihood = Resized(scratch.log_likelihood, p.classes);
  shape_.Distances(tau.first(p.components), p.present, scratch, likelihood);
  if (p.standard.has(kShapeNearness)) {
    const float nearest = *std::min_element(likelihood.begin(), likelihood.end());
    signals[kShapeNearness] = NearnessSignal(static_cast<double>(nearest));
  }
  for (std::size_t c = 0; c < p.classes; ++c) {
    likelihood[c] = -0.5F * (likelihood[c] + p.shape.logdet[c]);
  }
  signals[kSecondOpinion] = LogOddsOf(likelihood, predicted);
  const std::size_t second_opinion = Argmax(likelihood);

  const PictureShape thumbnail = p.thumbnail();
  std::array<float, kStatistics> stats = ImageStats(x, thumbnail.height, thumbnail.width);
  for (std::size_t j = 0; j < kStatistics; ++j) {
    stats[j] = (stats[j] - p.statistic_center[j]) / p.statistic_scale[j];
  }
  statistic_.Distances(stats, p.present, scratch, likelihood);
  signals[kStatisticNearness] =
      NearnessSignal(static_cast<double>(*std::min_element(likelihood.begin(), likelihood.end())));
  return second_opinion;
}

void Assessor::Judge(Doubt doubt, Assessment& out) const {
  const Profile& p = profile_;
  const Signals zeta = Standardise(p.standard, out.signals);
  const UnfamiliarityValues terms = Unfamiliarity(zeta, p.u_weight);
  out.unfamiliarity = Sum(terms);
  const std::size_t rank = ConformalRank(p.u_sorted, out.unfamiliarity);
  out.familiarity = static_cast<double>(rank) / (static_cast<double>(p.u_sorted.size()) + 1);

  out.logit = out.signals[kMargin] + p.intercept;
  for (std::size_t j = 0; j < kSignals; ++j) {
    if (p.standard.has(j)) out.logit += p.beta[j] * std::clamp(zeta[j], -kZetaMax, kZetaMax);
  }
  out.p_correct = Sigmoid(out.logit);
  const double odds = foreign_odds_.At(doubt == Doubt::kForeign ? 1 : rank);
  out.confidence = out.p_correct / (1 + odds * (doubt == Doubt::kNone ? 1 : kDoubtfulOdds));

  const Judged judged = {
      .p = out.familiarity, .logit = out.logit, .predicted = out.predicted, .doubt = doubt};
  out.certified_risk = CertifiedRisk(p.rule, judged);
  out.verdict = Decide(p.rule, judged);
  out.class_risk.reset();
  if (out.verdict == Verdict::kReliable && !p.rule.class_risk.empty() &&
      !std::isnan(p.rule.class_risk[out.predicted])) {
    out.class_risk = p.rule.class_risk[out.predicted];
  }
  for (std::size_t level = 0; level < out.sets.size(); ++level) {
    PredictionSet(out.probabilities, p.lac_quantile[level], out.predicted, out.sets[level]);
  }
  Explain(doubt, terms, out);
}

void Assessor::Explain(Doubt doubt, const UnfamiliarityValues& terms, Assessment& out) const {
  const Profile& p = profile_;
  const bool neighbours_differ = out.signals[kNeighbourRatio] < 0;
  out.reasons = ExplainVerdict({
      .verdict = out.verdict,
      .doubt = doubt,
      .unusual = IsUnusual(p.rule, out.familiarity),
      .unfamiliarity_terms = terms,
      .calibrated = p.rule.rung.has_value(),
      .below_alpha_reliable = out.familiarity <= p.rule.alpha_reliable,
      .second_opinion_differs = out.second_opinion && *out.second_opinion != out.predicted,
      .neighbours_differ = neighbours_differ,
      .class_certified = ClassCertified(p.rule, out.predicted),
      .several_classes = out.sets[kCoverage95].size() > 1,
      .class_calibrated = p.present[out.predicted] != 0,
  });
}

void Assessor::Assess(const AssessInput& input, AssessScratch& scratch, Assessment& out) const {
  const Profile& p = profile_;
  CREDENCE_CHECK(input.logits.size() == p.classes);
  out.valid = AllFinite(input.logits) && (!p.has_features() || AllFinite(input.features));
  if (!out.valid) return;
  out.signals = NoSignals();
  out.predicted = Argmax(input.logits);
  out.probabilities.resize(p.classes);
  const Softmax softmax = ScaledSoftmax(input.logits, p.temperature, out.probabilities);
  out.signals[kMargin] = MarginSignal(softmax.log_odds);
  out.signals[kEnergy] = softmax.energy;
  if (p.has_features()) {
    CREDENCE_CHECK(input.features.size() == p.feature_size);
    LookAtFeatures(input.features, out.predicted, scratch, out.signals);
  }
  out.second_opinion.reset();
  if (p.has_pixels()) {
    CREDENCE_CHECK(input.x.size() == p.pca_mean.size());
    out.second_opinion = LookAtPixels(input.x, out.predicted, scratch, out.signals);
  }
  Judge(input.doubt, out);
}

}  // namespace credence::reliability
