// Assessor says how far to believe one prediction: the run-time path of a profile.
//
// Computes calibrated probabilities, P(correct), familiarity, the confidence that can stand alone,
// prediction sets, certified risk and a verdict from
// logits, features and the thumbnail of the picture. In float32, except the seven standardised
// signals, u, p and the logit of P(correct). Takes about 10 us of CPU a row for a bank of 2500 x
// 64, 784 pixels, 32 components and 10 classes (AVX2). Assesses rows one by one, so that they do
// not depend on their batch; reading the bank once for four rows saves less than 1 us a row.
//
//   Assessor assessor(std::move(profile));              // once a version
//   AssessScratch scratch; Assessment out;              // once a thread
//   std::vector<float> x(assessor.profile().thumbnail().size());
//   MakeThumbnail(canonical, assessor.profile().picture, x);
//   assessor.Assess({.logits = logits, .features = features, .x = x}, scratch, out);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "reliability/familiarity.h"
#include "reliability/kernels.h"
#include "reliability/profile.h"
#include "reliability/signals.h"
#include "reliability/verdict.h"

namespace credence::reliability {

// One row of a batch.
struct AssessInput {
  std::span<const float> logits;    // [classes], after ToLogits and, if stochastic, CombinePasses
  std::span<const float> features;  // [feature_size]; ignored when the profile has no feature side
  std::span<const float> x;         // [thumbnail size]; ignored when it has no pixel side
  Doubt doubt = Doubt::kNone;       // what was found on the picture's way to the model
};

// Reuse one object: no allocation once its vectors have grown.
struct Assessment {
  // False when logits or features held NaN or ±inf (item status `invalid_model_output`). Then no
  // other field is set, and there is no predicted class.
  bool valid = false;

  std::size_t predicted = 0;
  std::vector<float> probabilities;  // [classes]: softmax(logits / T)
  double p_correct = 0;              // P(correct), if the input is of the known kind
  double logit = 0;                  // of P(correct)
  // P(correct and of the known kind), when a share of the traffic is foreign as the profile says.
  double confidence = 0;
  double familiarity = 0;    // conformal p-value
  double unfamiliarity = 0;  // u
  // The class that the pixel model alone gives; nullopt without a pixel side.
  std::optional<std::size_t> second_opinion;
  // The smallest certified risk that the answer passes, and that certified for the reliable answers
  // of its class, if this is one.
  std::optional<double> certified_risk, class_risk;
  Verdict verdict = Verdict::kUncertain;
  Reasons reasons;  // without what was found on the way
  // Classes that cannot be ruled out at each of kCoverageLevels, ascending; never empty. Not to be
  // published of an `unfamiliar` answer: the promise is for ordinary pictures.
  std::array<std::vector<std::int32_t>, kCoverageLevels.size()> sets;
  Signals signals = NoSignals();  // raw; NaN for absent ones
};

inline constexpr std::string_view kInvalidModelOutput = "invalid_model_output";

// Working memory, confined to one thread at a time; fits any Assessor.
struct AssessScratch {
  std::vector<float> a, b, c;
  std::vector<float> log_likelihood;
};

// Immutable, thread-safe.
class Assessor {
 public:
  // REQUIRES: Validate(profile).ok().
  explicit Assessor(Profile profile);

  const Profile& profile() const { return profile_; }

  // REQUIRES: lengths as AssessInput says.
  void Assess(const AssessInput& input, AssessScratch& scratch, Assessment& out) const;

 private:
  // Squared Mahalanobis distances to every class.
  struct Gaussians {
    std::size_t size = 0;              // d
    std::vector<PackedMatrix> factor;  // [classes or 1]
    std::vector<float> mean;           // [classes, d]; empty when the factor is shared
    PackedMatrix white_mean;           // then these: [classes, d], whitened
    void Distances(std::span<const float> at, const std::vector<std::int32_t>& present,
                   AssessScratch& scratch, std::span<float> distance) const;
  };
  static Gaussians Prepare(const FloatGaussians& fitted, std::size_t size);
  void LookAtFeatures(std::span<const float> features, std::size_t predicted,
                      AssessScratch& scratch, Signals& signals) const;
  // Returns the pixel model's class.
  std::size_t LookAtPixels(std::span<const float> x, std::size_t predicted, AssessScratch& scratch,
                           Signals& signals) const;
  void Judge(Doubt doubt, Assessment& out) const;
  void Explain(Doubt doubt, const UnfamiliarityValues& terms, Assessment& out) const;

  Profile profile_;
  ForeignOdds foreign_odds_;
  PackedMatrix basis_;
  PackedMatrix bank_;
  std::vector<std::int32_t> bank_label_;  // [bank_.padded_rows()], padding -1
  Gaussians shape_;
  Gaussians statistic_;
};

}  // namespace credence::reliability
