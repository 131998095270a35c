#include "reliability/verdict.h"

#include <cmath>
#include <numeric>

namespace credence::reliability {
namespace {

constexpr std::size_t kReasonsMax = 3;
constexpr double kTermShareMin = 0.25;
constexpr double kTie = 1e-12;

void AddUnfamiliar(const Findings& f, Reasons& reasons) {
  constexpr std::array<Reason, 4> kOfTerm = {Reason::kFeaturesUnusual, Reason::kOutputUnusual,
                                             Reason::kShapeUnusual, Reason::kImageStyleUnusual};
  const auto& terms = f.unfamiliarity_terms;
  const double u = std::accumulate(terms.begin(), terms.end(), 0.0);
  std::array<std::size_t, 4> order = {0, 1, 2, 3};
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return terms[a] > terms[b]; });
  for (const std::size_t j : order) {
    if (reasons.size() < kReasonsMax && terms[j] > 0 && terms[j] >= kTermShareMin * u) {
      reasons.Add(kOfTerm[j]);
    }
  }
}

void AddUncertain(const Findings& f, Reasons& reasons) {
  const std::array<std::pair<bool, Reason>, 6> checks = {{
      {!f.calibrated, Reason::kUncalibrated},
      {f.below_alpha_reliable, Reason::kSomewhatUnfamiliar},
      {f.second_opinion_differs, Reason::kSecondOpinionDiffers},
      {f.neighbours_differ, Reason::kNeighboursDiffer},
      {!f.class_certified, Reason::kClassNotCertified},
      {f.several_classes, Reason::kSeveralClassesPlausible},
  }};
  for (const auto& [holds, reason] : checks) {
    if (holds && reasons.size() < kReasonsMax) reasons.Add(reason);
  }
  if (reasons.empty() && f.doubt == Doubt::kNone) reasons.Add(Reason::kLowConfidence);
}

double AtLeastOneRow(double alpha, std::size_t n) {
  return std::max(alpha, 1 / (static_cast<double>(n) + 1));
}

bool AtMost(double a, double b) { return a <= b + kTie; }

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReliable:
      return "reliable";
    case Verdict::kUncertain:
      return "uncertain";
    case Verdict::kUnfamiliar:
      return "unfamiliar";
    case Verdict::kUnassessed:
      return "unassessed";
  }
  return "";
}

std::string_view ReasonCode(Reason reason) {
  switch (reason) {
    case Reason::kBlank:
      return "blank";
    case Reason::kValueRange:
      return "value_range";
    case Reason::kSeveralObjects:
      return "several_objects";
    case Reason::kElongated:
      return "elongated";
    case Reason::kCutOff:
      return "cut_off";
    case Reason::kContentOutsideFrame:
      return "content_outside_frame";
    case Reason::kFeaturesUnusual:
      return "features_unusual";
    case Reason::kOutputUnusual:
      return "output_unusual";
    case Reason::kShapeUnusual:
      return "shape_unusual";
    case Reason::kImageStyleUnusual:
      return "image_style_unusual";
    case Reason::kUncalibrated:
      return "uncalibrated";
    case Reason::kSomewhatUnfamiliar:
      return "somewhat_unfamiliar";
    case Reason::kSecondOpinionDiffers:
      return "second_opinion_differs";
    case Reason::kNeighboursDiffer:
      return "neighbours_differ";
    case Reason::kClassNotCertified:
      return "class_not_certified";
    case Reason::kSeveralClassesPlausible:
      return "several_classes_plausible";
    case Reason::kLowConfidence:
      return "low_confidence";
    case Reason::kClassNotCalibrated:
      return "class_not_calibrated";
  }
  return "";
}

std::string_view ReasonSentence(Reason reason) {
  switch (reason) {
    case Reason::kBlank:
      return "No content was found in the picture.";
    case Reason::kValueRange:
      return "The numbers sent are in no range that this predictor takes.";
    case Reason::kSeveralObjects:
      return "The picture holds more than one object of about this size; the answer is about one.";
    case Reason::kElongated:
      return "The picture's longest side is over 20 times its shortest.";
    case Reason::kCutOff:
      return "The object reaches the edge of the picture: a part of it may be missing.";
    case Reason::kContentOutsideFrame:
      return "Most of what the picture shows lies outside of the object that the model was given.";
    case Reason::kFeaturesUnusual:
      return "What the model sees in the picture is unlike anything it was calibrated on.";
    case Reason::kOutputUnusual:
      return "The model's output as a whole is weaker than for known pictures, for every class.";
    case Reason::kShapeUnusual:
      return "The overall shape is unlike the pictures of any known class.";
    case Reason::kImageStyleUnusual:
      return "Brightness, contrast or texture differ from those of the known pictures.";
    case Reason::kUncalibrated:
      return "There was too little evidence to certify any answer of this version as reliable.";
    case Reason::kSomewhatUnfamiliar:
      return "The picture is among the most unusual 5 % of ordinary pictures.";
    case Reason::kSecondOpinionDiffers:
      return "A simple look at the pixels suggests another class.";
    case Reason::kNeighboursDiffer:
      return "The most similar known picture belongs to another class.";
    case Reason::kClassNotCertified:
      return "The error rate of answers of this class could not be certified on its own.";
    case Reason::kSeveralClassesPlausible:
      return "More than one class cannot be ruled out.";
    case Reason::kLowConfidence:
      return "The probability of being right is below what is needed for a reliable answer.";
    case Reason::kClassNotCalibrated:
      return "The predicted class did not occur in the calibration data.";
  }
  return "";
}

double AlphaUnfamiliar(std::size_t n) { return AtLeastOneRow(0.01, n); }
double AlphaReliable(std::size_t n) { return AtLeastOneRow(0.05, n); }

double CostShift(const VerdictRule& rule, std::size_t predicted) {
  if (rule.class_cost.empty()) return 0;
  return std::log(rule.cost - 1) - std::log(rule.class_cost[predicted] - 1);
}

Doubt DoubtOf(const Reasons& found) {
  if (found.contains(Reason::kBlank) || found.contains(Reason::kValueRange)) {
    return Doubt::kForeign;
  }
  return found.empty() ? Doubt::kNone : Doubt::kDoubtful;
}

std::optional<double> CertifiedRisk(const VerdictRule& rule, const Judged& judged) {
  if (IsSomewhatUnusual(rule, judged.p) || judged.doubt != Doubt::kNone) return {};
  const double logit = judged.logit + CostShift(rule, judged.predicted);
  for (const Rung& rung : rule.rungs) {
    if (rung.theta && AtMost(*rung.theta, logit)) return rung.risk;
  }
  return {};
}

bool ClassCertified(const VerdictRule& rule, std::size_t predicted) {
  if (!rule.class_risk_max) return true;
  return !rule.class_risk.empty() && AtMost(rule.class_risk[predicted], *rule.class_risk_max);
}

bool IsUnusual(const VerdictRule& rule, double p) { return AtMost(p, rule.alpha_unfamiliar); }

bool IsSomewhatUnusual(const VerdictRule& rule, double p) { return AtMost(p, rule.alpha_reliable); }

Verdict Decide(const VerdictRule& rule, const Judged& judged) {
  if (IsUnusual(rule, judged.p) || judged.doubt == Doubt::kForeign) {
    return Verdict::kUnfamiliar;
  }
  if (!rule.rung || !ClassCertified(rule, judged.predicted)) return Verdict::kUncertain;
  const std::optional<double> risk = CertifiedRisk(rule, judged);
  return risk && AtMost(*risk, rule.risk()) ? Verdict::kReliable : Verdict::kUncertain;
}

Reasons ExplainVerdict(const Findings& findings) {
  Reasons reasons;
  if (findings.unusual) AddUnfamiliar(findings, reasons);
  if (findings.verdict == Verdict::kUncertain) AddUncertain(findings, reasons);
  if (!findings.class_calibrated) reasons.Add(Reason::kClassNotCalibrated);
  return reasons;
}

}  // namespace credence::reliability
