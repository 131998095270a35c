// Scorer turns a model's outputs for one picture into its Prediction: the one place where
// reliability plugs in.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "image/input_contract.h"
#include "image/pixels.h"
#include "model/model.h"
#include "predictor/prediction.h"
#include "reliability/assess.h"

namespace credence::predictor {

// Working memory of one lane.
struct ScoreScratch {
  reliability::AssessScratch assess;
  reliability::Assessment assessment;
  std::vector<float> thumbnail, logits, features, pass;
  std::vector<double> passes;
};

// What a prediction was made from; for who measures a version, not for answers.
struct Detail {
  // Of all passes together, by the logit rule. Empty: the engine failed. What is not finite is
  // given as it is, or as NaN when there are several passes.
  std::vector<float> logits;    // [classes]
  std::vector<float> features;  // [the model's feature size]
  std::vector<float> variance;  // [classes]: of each probability over the passes; empty: one pass
  reliability::Assessment assessment;  // not valid without a profile
};

// What there is of one picture besides the model's outputs.
struct ScoreInput {
  const image::Pixels& canonical;
  // Found on the picture's way to the model; reliability::DoubtOf says what they do to the verdict.
  reliability::Reasons found = {};
  bool explain = false;
  const SimilarIndex* similar = nullptr;  // for the explanation, if the version keeps pictures
  Detail* detail = nullptr;               // is filled, if there is one
};

// How the passes of one picture become its logits.
struct PassRule {
  int samples = 1;  // passes a picture
  reliability::LogitRule logits = reliability::LogitRule::kAsGiven;
};

// Immutable, thread-safe.
class Scorer {
 public:
  // Without a profile predictions are `unassessed`; with one its logit rule is the one that counts.
  // REQUIRES: the profile fits the model (Fits).
  Scorer(const model::PictureView& view, const PassRule& rule,
         std::optional<reliability::Profile> profile);

  // Whether the profile is one for this model and input contract.
  // Errors: kFailedPrecondition - naming what differs.
  static Result<void> Fits(const reliability::Profile& profile, const model::PictureView& view,
                           const image::InputContract& contract);

  // The picture's rows of `outputs` are first .. first + samples - 1.
  // Errors: kInternal - an output is not finite: there is no class, and never a verdict.
  Result<void> Score(const model::Outputs& outputs, int first, const ScoreInput& input,
                     ScoreScratch& scratch, Prediction& out) const;

  // nullptr without one.
  const reliability::Profile* profile() const {
    return assessor_ ? &assessor_->profile() : nullptr;
  }

 private:
  Result<void> Raw(const model::Outputs& outputs, int first, ScoreScratch& scratch,
                   Prediction& out) const;
  Result<void> Assess(const model::Outputs& outputs, int first, const ScoreInput& input,
                      ScoreScratch& scratch, Prediction& out) const;
  void GiveDetail(const model::Outputs& outputs, int first, ScoreScratch& scratch,
                  Detail& detail) const;
  // Writes logits and features of all passes together to `scratch`, the variance over the passes to
  // `variance`. False: the model's logits are not finite.
  bool Combine(const model::Outputs& outputs, int first, ScoreScratch& scratch,
               std::vector<float>& variance) const;
  // Of what Assess left in `scratch`.
  Explanation Explain(const SimilarIndex* similar, const ScoreScratch& scratch) const;

  const std::size_t classes_;
  const std::size_t feature_size_;
  const bool distribution_;  // scores are the distribution over the classes already
  const std::size_t samples_;
  const reliability::LogitRule logit_rule_;
  std::optional<reliability::Assessor> assessor_;
};

}  // namespace credence::predictor
