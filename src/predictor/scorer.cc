#include "predictor/scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "reliability/ensemble.h"
#include "reliability/logits.h"

namespace credence::predictor {
namespace {

constexpr std::size_t kSetLevel = 1;  // of reliability::kCoverageLevels: 95 %

bool Finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

// Probabilities that a quantised model rounded: makes their sum 1 again. What is no distribution at
// all stays as it is; the self-test refuses such a model.
void UndoRounding(std::span<float> probabilities) {
  constexpr float kSumExact = 1e-4f, kSumRounded = 0.05f;
  const float sum = std::accumulate(probabilities.begin(), probabilities.end(), 0.0f);
  const float off = std::abs(sum - 1);
  if (off <= kSumExact || off > kSumRounded) return;
  for (float& p : probabilities) p /= sum;
}

std::optional<float> ToFloat(const std::optional<double>& value) {
  return value ? std::optional(static_cast<float>(*value)) : std::nullopt;
}

Error NotFinite() { return {Code::kInternal, "the model's output for this picture is not finite"}; }

}  // namespace

Scorer::Scorer(const model::PictureView& view, const PassRule& rule,
               std::optional<reliability::Profile> profile)
    : classes_(static_cast<std::size_t>(view.classes)),
      feature_size_(static_cast<std::size_t>(view.feature_size)),
      distribution_(view.score_kind == model::ScoreKind::kProbabilities),
      samples_(static_cast<std::size_t>(rule.samples)),
      logit_rule_(profile ? profile->logit_rule : rule.logits) {
  if (profile) assessor_.emplace(*std::move(profile));
}

Result<void> Scorer::Fits(const reliability::Profile& profile, const model::PictureView& view,
                          const image::InputContract& contract) {
  const auto differs = [](const char* what, std::size_t ours, std::size_t models) {
    return Error{Code::kFailedPrecondition, std::string("the profile is for ") +
                                                std::to_string(ours) + " " + what +
                                                ", the model has " + std::to_string(models)};
  };
  const auto size = [](int n) { return static_cast<std::size_t>(n); };
  if (profile.classes != size(view.classes))
    return differs("classes", profile.classes, size(view.classes));
  if (profile.picture.height != size(contract.height))
    return differs("rows of pixels", profile.picture.height, size(contract.height));
  if (profile.picture.width != size(contract.width))
    return differs("columns of pixels", profile.picture.width, size(contract.width));
  if (profile.picture.channels != size(contract.channels))
    return differs("channels", profile.picture.channels, size(contract.channels));
  if (profile.has_features() && profile.feature_size != size(view.feature_size)) {
    return differs("features", profile.feature_size, size(view.feature_size));
  }
  return {};
}

Result<void> Scorer::Score(const model::Outputs& outputs, int first, const ScoreInput& input,
                           ScoreScratch& scratch, Prediction& out) const {
  out.reasons = input.found;
  auto scored =
      assessor_ ? Assess(outputs, first, input, scratch, out) : Raw(outputs, first, scratch, out);
  if (input.detail != nullptr) GiveDetail(outputs, first, scratch, *input.detail);
  if (!scored) return scored;
  if (samples_ == 1) {
    const std::size_t row = static_cast<std::size_t>(first) * classes_;
    out.raw_score = outputs.scores[row + static_cast<std::size_t>(out.label)];
    std::transform(out.prediction.begin(), out.prediction.end(), out.uncertainty.begin(),
                   [](float p) { return p * (1 - p); });
  }
  return {};
}

void Scorer::GiveDetail(const model::Outputs& outputs, int first, ScoreScratch& scratch,
                        Detail& detail) const {
  const bool finite = Combine(outputs, first, scratch, detail.variance);
  if (samples_ == 1) detail.variance.clear();
  detail.logits = scratch.logits;
  detail.features = scratch.features;
  detail.assessment.valid = false;
  if (assessor_ && finite) detail.assessment = scratch.assessment;
}

// Mean and variance of the passes' probabilities: as the model gives them, or of its logits.
Result<void> Scorer::Raw(const model::Outputs& outputs, int first, ScoreScratch& scratch,
                         Prediction& out) const {
  std::vector<float>& mean = out.prediction;
  std::vector<float>& variance = out.uncertainty;
  mean.assign(classes_, 0);
  variance.assign(classes_, 0);
  scratch.pass.resize(classes_);
  const float weight = 1.0f / static_cast<float>(samples_);
  for (std::size_t i = 0; i < samples_; ++i) {
    const std::size_t row = (static_cast<std::size_t>(first) + i) * classes_;
    const auto scores = (distribution_ ? outputs.scores : outputs.logits).subspan(row, classes_);
    if (!Finite(scores)) return NotFinite();
    if (distribution_) {
      std::copy(scores.begin(), scores.end(), scratch.pass.begin());
      UndoRounding(scratch.pass);
    } else {
      reliability::ScaledSoftmax(scores, 1, scratch.pass);
    }
    for (std::size_t k = 0; k < classes_; ++k) {
      mean[k] += weight * scratch.pass[k];
      variance[k] += weight * scratch.pass[k] * scratch.pass[k];
    }
  }
  for (std::size_t k = 0; k < classes_; ++k)
    variance[k] = std::max(0.0f, variance[k] - mean[k] * mean[k]);
  out.label = static_cast<int>(reliability::Argmax(mean));
  out.raw_score = mean[static_cast<std::size_t>(out.label)];
  return {};
}

Result<void> Scorer::Assess(const model::Outputs& outputs, int first, const ScoreInput& input,
                            ScoreScratch& scratch, Prediction& out) const {
  const reliability::Profile& profile = assessor_->profile();
  if (!Combine(outputs, first, scratch, out.uncertainty)) return NotFinite();
  scratch.thumbnail.resize(profile.thumbnail().size());
  if (!scratch.thumbnail.empty()) {
    reliability::MakeThumbnail(input.canonical.data, profile.picture, scratch.thumbnail);
  }
  reliability::Assessment& assessment = scratch.assessment;
  assessor_->Assess({.logits = scratch.logits,
                     .features = scratch.features,
                     .x = scratch.thumbnail,
                     .doubt = reliability::DoubtOf(input.found)},
                    scratch.assess, assessment);
  if (!assessment.valid) return NotFinite();

  out.label = static_cast<int>(assessment.predicted);
  out.prediction.assign(assessment.probabilities.begin(), assessment.probabilities.end());
  out.raw_score = std::exp(scratch.logits[assessment.predicted]);  // of several passes: their mean
  out.confidence = static_cast<float>(assessment.confidence);
  out.familiarity = static_cast<float>(assessment.familiarity);
  out.p_correct = static_cast<float>(assessment.p_correct);
  out.certified_risk = ToFloat(assessment.certified_risk);
  out.class_risk = ToFloat(assessment.class_risk);
  out.verdict = assessment.verdict;
  out.part = {.judged = {.p = assessment.familiarity,
                         .logit = assessment.logit,
                         .predicted = assessment.predicted,
                         .doubt = reliability::DoubtOf(input.found)},
              .confidence = assessment.confidence,
              .unfamiliarity = assessment.unfamiliarity};
  out.prediction_set.clear();
  if (out.verdict != reliability::Verdict::kUnfamiliar) {
    const auto& set = assessment.sets[kSetLevel];
    out.prediction_set.assign(set.begin(), set.end());
  }
  for (const reliability::Reason reason : assessment.reasons) out.reasons.Add(reason);
  if (input.explain) out.explanation = Explain(input.similar, scratch);
  return {};
}

bool Scorer::Combine(const model::Outputs& outputs, int first, ScoreScratch& scratch,
                     std::vector<float>& variance) const {
  const std::size_t row = static_cast<std::size_t>(first);
  const auto logits = outputs.logits.subspan(row * classes_, samples_ * classes_);
  const auto features = outputs.features.subspan(row * feature_size_, samples_ * feature_size_);
  scratch.logits.assign(logits.begin(), logits.end());
  scratch.features.assign(features.begin(), features.end());
  variance.assign(classes_, 0);
  const bool finite = Finite(logits);
  reliability::ToLogits(logit_rule_, scratch.logits);
  if (samples_ == 1) return finite;
  scratch.pass.swap(scratch.logits);  // [samples, classes]
  scratch.logits.assign(classes_, std::numeric_limits<float>::quiet_NaN());
  scratch.features.resize(feature_size_);
  if (finite) {
    reliability::CombinePasses(scratch.pass, features, samples_,
                               {scratch.logits, variance, scratch.features}, scratch.passes);
  }
  return finite;
}

Explanation Scorer::Explain(const SimilarIndex* similar, const ScoreScratch& scratch) const {
  const reliability::Profile& profile = assessor_->profile();
  Explanation explanation;
  explanation.standardised = Standardise(profile.standard, scratch.assessment.signals);
  if (similar != nullptr) {
    explanation.similar =
        similar->Find(profile, scratch.features, scratch.thumbnail, kSimilarShown);
  }
  return explanation;
}

}  // namespace credence::predictor
