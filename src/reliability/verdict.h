// The verdict on one answer, and its reasons.
// Threads: pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace credence::reliability {

enum class Verdict {
  kReliable,
  kUncertain,
  kUnfamiliar,
  kUnassessed,  // the version has no profile
};
std::string_view VerdictName(Verdict verdict);  // "reliable", …

// Stable codes; in the order in which they are listed.
enum class Reason {
  // of the picture path
  kBlank,           // no content was found: `unfamiliar`
  kValueRange,      // the numbers sent are not in the model's range: `unfamiliar`
  kSeveralObjects,  // an object of comparable size was left out: never `reliable`
  kElongated,       // far longer than wide: never `reliable`
  kCutOff,          // the object reaches the edge: never `reliable`
  // of `unfamiliar`
  kFeaturesUnusual,
  kShapeUnusual,
  kDetailUnusual,
  kImageStyleUnusual,
  // of `uncertain`
  kUncalibrated,
  kSomewhatUnfamiliar,
  kSecondOpinionDiffers,
  kNeighboursDiffer,
  kSeveralClassesPlausible,
  kLowConfidence,
  // of any
  kClassNotCalibrated,
};
std::string_view ReasonCode(Reason reason);      // "features_unusual"
std::string_view ReasonSentence(Reason reason);  // "What the model sees in the picture is unlike …"

// At most kMax reasons; more are dropped. A small value without allocation.
class Reasons {
 public:
  static constexpr std::size_t kMax =
      8;  // three of ours, class_not_calibrated, four of the picture path

  void Add(Reason reason) {
    if (size_ < kMax) items_[size_++] = reason;
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Reason* begin() const { return items_.data(); }
  const Reason* end() const { return items_.data() + size_; }
  bool contains(Reason reason) const { return std::find(begin(), end(), reason) != end(); }

  friend bool operator==(const Reasons& a, const Reasons& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::array<Reason, kMax> items_ = {};
  std::size_t size_ = 0;
};

// When the profile calls an answer what.
struct VerdictRule {
  std::optional<double> theta = {};  // logit P(correct) of `reliable`; nullopt: nothing is reliable
  double alpha_unfamiliar = 0.01;    // p at or below: `unfamiliar`
  double alpha_reliable = 0.05;      // p at or below: never `reliable`
};
// α_u = max(0.01, 1/(n_B + 1)), α_r = max(0.05, 1/(n_B + 1)).
double AlphaUnfamiliar(std::size_t rows_b);
double AlphaReliable(std::size_t rows_b);

Verdict Decide(const VerdictRule& rule, double p, double logit);

// The verdict that is left of `verdict` after what was `found` on the picture path.
Verdict Temper(Verdict verdict, const Reasons& found);

// What the reasons are chosen from.
struct Findings {
  Verdict verdict = Verdict::kUncertain;
  std::array<double, 4> unfamiliarity_terms = {};  // d_fea, d_sub, d_res, d_sta
  bool calibrated = true;                          // a threshold exists
  bool below_alpha_reliable = false;               // p <= α_r
  bool second_opinion_differs = false;             // the pixel model's top class is another
  bool neighbours_differ = false;                  // t < 0
  bool several_classes = false;                    // the 95 % set has more than one
  bool class_calibrated = true;                    // the predicted class has rows in A
};

// At most three, in the order of Reason (for `unfamiliar`: distances that make up 25 % of u or
// more, largest first), and class_not_calibrated whenever true.
Reasons ExplainVerdict(const Findings& findings);

}  // namespace credence::reliability
