#include "predictor/scorer.h"

#include <algorithm>
#include <cmath>

#include "reliability/ensemble.h"
#include "reliability/logits.h"

namespace credence::predictor {
namespace {

constexpr std::size_t kSetLevel = 1;  // of reliability::kCoverageLevels: 95 %

bool Finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

Error NotFinite() { return {Code::kInternal, "the model's output for this picture is not finite"}; }

}  // namespace

Scorer::Scorer(const model::PictureView& view, int samples,
               std::optional<reliability::Profile> profile)
    : classes_(static_cast<std::size_t>(view.classes)),
      feature_size_(static_cast<std::size_t>(view.feature_size)),
      probabilities_(view.logit_source != model::LogitSource::kOutput),
      samples_(static_cast<std::size_t>(samples)) {
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
  if (!scored) return scored;
  if (samples_ == 1) {
    const std::size_t row = static_cast<std::size_t>(first) * classes_;
    out.raw_score = outputs.scores[row + static_cast<std::size_t>(out.label)];
    std::transform(out.prediction.begin(), out.prediction.end(), out.uncertainty.begin(),
                   [](float p) { return p * (1 - p); });
  }
  return {};
}

// Mean and variance of the passes' probabilities, as the model gives them.
Result<void> Scorer::Raw(const model::Outputs& outputs, int first, ScoreScratch& scratch,
                         Prediction& out) const {
  std::vector<float>& mean = out.prediction;
  std::vector<float>& variance = out.uncertainty;
  mean.assign(classes_, 0);
  variance.assign(classes_, 0);
  scratch.pass.resize(classes_);
  const float weight = 1.0f / static_cast<float>(samples_);
  for (std::size_t i = 0; i < samples_; ++i) {
    const auto scores =
        outputs.scores.subspan((static_cast<std::size_t>(first) + i) * classes_, classes_);
    if (!Finite(scores)) return NotFinite();
    if (probabilities_) {
      std::copy(scores.begin(), scores.end(), scratch.pass.begin());
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
  const std::size_t row = static_cast<std::size_t>(first);
  const auto logits = outputs.logits.subspan(row * classes_, samples_ * classes_);
  const auto features = outputs.features.subspan(row * feature_size_, samples_ * feature_size_);
  if (!Finite(logits)) return NotFinite();
  scratch.logits.assign(logits.begin(), logits.end());
  scratch.features.assign(features.begin(), features.end());
  reliability::ToLogits(profile.logit_rule, scratch.logits);
  out.uncertainty.assign(classes_, 0);
  if (samples_ > 1) {
    scratch.pass.swap(scratch.logits);  // [samples, classes]
    scratch.logits.resize(classes_);
    scratch.features.resize(feature_size_);
    reliability::CombinePasses(scratch.pass, features, samples_,
                               {scratch.logits, out.uncertainty, scratch.features}, scratch.passes);
  }
  scratch.thumbnail.resize(profile.thumbnail().size());
  if (!scratch.thumbnail.empty()) {
    reliability::MakeThumbnail(input.canonical.data, profile.picture, scratch.thumbnail);
  }
  reliability::Assessment& assessment = scratch.assessment;
  assessor_->Assess({scratch.logits, scratch.features, scratch.thumbnail}, scratch.assess,
                    assessment);
  if (!assessment.valid) return NotFinite();

  out.label = static_cast<int>(assessment.predicted);
  out.prediction.assign(assessment.probabilities.begin(), assessment.probabilities.end());
  out.raw_score = std::exp(scratch.logits[assessment.predicted]);  // of several passes: their mean
  out.confidence = static_cast<float>(assessment.confidence);
  out.familiarity = static_cast<float>(assessment.familiarity);
  out.verdict = assessment.verdict;
  const auto& set = assessment.sets[kSetLevel];
  out.prediction_set.assign(set.begin(), set.end());
  if (!input.found.empty()) out.verdict = reliability::Verdict::kUnfamiliar;
  for (const reliability::Reason reason : assessment.reasons) out.reasons.Add(reason);
  if (input.explain) out.explanation = Explain(input.similar, scratch);
  return {};
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
