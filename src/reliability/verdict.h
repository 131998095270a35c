// The verdict on one answer, its certified risk, and its reasons.
//
// The ladder: for each of a few risks ρ a threshold θ_ρ on the logit of P(correct), such that with
// probability 1 - δ over the certifying rows, for all of them at once, at most a share ρ of the
// answers at or above θ_ρ is wrong (fitting/selective_risk.h). Threads: pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

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
  kBlank,                // no content was found: `unfamiliar`
  kValueRange,           // the numbers sent are not in the model's range: `unfamiliar`
  kSeveralObjects,       // an object of comparable size was left out: never `reliable`
  kElongated,            // far longer than wide: never `reliable`
  kCutOff,               // the object reaches the edge: never `reliable`
  kContentOutsideFrame,  // most of the picture's edges lie outside of the object: never `reliable`
  // of `unfamiliar`
  kFeaturesUnusual,
  kOutputUnusual,
  kShapeUnusual,
  kImageStyleUnusual,
  // of `uncertain`
  kUncalibrated,
  kSomewhatUnfamiliar,
  kSecondOpinionDiffers,
  kNeighboursDiffer,
  kClassNotCertified,
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
      9;  // three of ours, class_not_calibrated, five of the picture path

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

inline constexpr std::size_t kRungsMax = 5;
inline constexpr std::array<double, kRungsMax> kRiskLadder = {0.005, 0.01, 0.02, 0.05, 0.10};
inline constexpr double kCostDefault = 10;

// One certified risk.
struct Rung {
  double risk = 0;                   // ρ
  std::optional<double> theta = {};  // θ_ρ, a logit; nullopt: could not be certified
  double share = 0;                  // of the certifying rows that it accepts
};

// When the profile calls an answer what.
struct VerdictRule {
  std::vector<Rung> rungs = {};          // ascending risk and descending theta; at most kRungsMax
  std::optional<std::size_t> rung = {};  // that of `reliable`, certified; nullopt: nothing is
  double alpha_unfamiliar = 0.01;        // p at or below: `unfamiliar`
  double alpha_reliable = 0.05;          // p at or below: never `reliable`
  // What a wrong accepted answer costs, in units of an answer that is sent to a person; > 1.
  double cost = kCostDefault;
  std::vector<double> class_cost = {};  // [classes], of predicted classes; or empty: `cost`
  // [classes]: certified for the reliable answers of each class; NaN: not on its own.
  std::vector<double> class_risk = {};
  // A reliable answer needs a class risk of at most this; nullopt: no condition.
  std::optional<double> class_risk_max = {};

  std::optional<double> theta() const { return rung ? rungs[*rung].theta : std::nullopt; }
  double risk() const { return rung ? rungs[*rung].risk : 0; }  // 0: nothing is reliable
};
// α_u = max(0.01, 1/(n + 1)), α_r = max(0.05, 1/(n + 1)); n: certifying rows.
double AlphaUnfamiliar(std::size_t n);
double AlphaReliable(std::size_t n);

// What the costs of classes add to the logit of P(correct) before it meets a threshold.
double CostShift(const VerdictRule& rule, std::size_t predicted);

// What was found on the picture path, as far as the verdict goes.
enum class Doubt {
  kNone,
  kDoubtful,  // never `reliable`
  kForeign,   // `unfamiliar`, whatever the model says
};
Doubt DoubtOf(const Reasons& found);

// What is judged. p: familiarity; logit: of P(correct), without CostShift.
struct Judged {
  double p = 1;
  double logit = 0;
  std::size_t predicted = 0;
  Doubt doubt = Doubt::kNone;
};

// The smallest certified risk that the answer passes; nullopt: none. A statement about all answers
// that carry this risk or a smaller one, not about this one.
std::optional<double> CertifiedRisk(const VerdictRule& rule, const Judged& judged);

// Whether the class has a certificate of its own that is good enough for rule.class_risk_max.
bool ClassCertified(const VerdictRule& rule, std::size_t predicted);

// p <= α_u: unfamiliar by what the model and the pixels say.
bool IsUnusual(const VerdictRule& rule, double p);
// p <= α_r: never `reliable`.
bool IsSomewhatUnusual(const VerdictRule& rule, double p);

Verdict Decide(const VerdictRule& rule, const Judged& judged);

// What the reasons are chosen from.
struct Findings {
  Verdict verdict = Verdict::kUncertain;
  Doubt doubt = Doubt::kNone;
  bool unusual = false;  // p <= α_u
  // As kUnfamiliaritySignals: d_fea, e, d_sub, d_sta.
  std::array<double, 4> unfamiliarity_terms = {};
  bool calibrated = true;               // a threshold exists
  bool below_alpha_reliable = false;    // p <= α_r
  bool second_opinion_differs = false;  // the pixel model's top class is another
  bool neighbours_differ = false;       // t < 0
  bool class_certified = true;          // ClassCertified
  bool several_classes = false;         // the 95 % set has more than one
  bool class_calibrated = true;         // the predicted class has rows in A
};

// At most three, in the order of Reason (for `unfamiliar`: terms that make up 25 % of u or more,
// largest first), and class_not_calibrated whenever true. What was found on the picture path is
// the caller's to add.
Reasons ExplainVerdict(const Findings& findings);

}  // namespace credence::reliability
