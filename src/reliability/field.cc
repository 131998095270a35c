#include "reliability/field.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "reliability/familiarity.h"

namespace credence::reliability {
namespace {

void AddNote(FieldReason reason, std::optional<std::size_t> picture, FieldAssessment& out) {
  if (out.notes.size() < kFieldNotesMax) out.notes.push_back({reason, picture});
}

// Why it is not `reliable`. strangest: the picture with the largest u.
void Explain(const VerdictRule& pictures, const FieldCertificate& certificate,
             std::span<const FieldPart> parts, std::size_t strangest, FieldAssessment& out) {
  if (out.verdict == Verdict::kReliable) return;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].judged.doubt == Doubt::kForeign) AddNote(FieldReason::kPictureUnfamiliar, i, out);
  }
  const double p = *out.familiarity;
  if (IsUnusual(certificate.rule, p)) AddNote(FieldReason::kUnusual, strangest, out);
  if (out.verdict == Verdict::kUnfamiliar) return;
  if (!certificate.rule.rung) AddNote(FieldReason::kUncertified, {}, out);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!IsSound(pictures, parts[i].judged)) AddNote(FieldReason::kPictureNotReliable, i, out);
  }
  if (IsSomewhatUnusual(certificate.rule, p)) {
    AddNote(FieldReason::kSomewhatUnusual, strangest, out);
  }
  if (out.notes.empty()) AddNote(FieldReason::kLowConfidence, {}, out);
}

}  // namespace

bool IsSound(const VerdictRule& pictures, const Judged& judged) {
  Judged alone = judged;
  if (!IsUnusual(pictures, judged.p)) alone.p = 1;
  return Decide(pictures, alone) == Verdict::kReliable;
}

double FieldLogit(std::span<const double> logits) {
  double minus_log_p = 0;  // Σ softplus(-η)
  for (const double logit : logits) {
    minus_log_p += std::max(-logit, 0.0) + std::log1p(std::exp(-std::abs(logit)));
  }
  return -std::log(std::expm1(minus_log_p));
}

std::string_view FieldReasonCode(FieldReason reason) {
  switch (reason) {
    case FieldReason::kNotCalibrated:
      return "field_not_calibrated";
    case FieldReason::kPictureUnfamiliar:
      return "picture_unfamiliar";
    case FieldReason::kUnusual:
      return "field_unusual";
    case FieldReason::kUncertified:
      return "field_not_certified";
    case FieldReason::kPictureNotReliable:
      return "picture_not_reliable";
    case FieldReason::kSomewhatUnusual:
      return "field_somewhat_unusual";
    case FieldReason::kLowConfidence:
      return "low_confidence";
  }
  return "";
}

FieldAssessment AssessField(const VerdictRule& pictures, const FieldCertificate* certificate,
                            std::span<const FieldPart> parts) {
  CREDENCE_CHECK(!parts.empty());
  FieldAssessment out;
  std::vector<double> logits;
  std::size_t strangest = 0;
  Doubt doubt = Doubt::kNone;
  out.confidence = 1;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const FieldPart& part = parts[i];
    logits.push_back(part.judged.logit);
    out.confidence *= part.confidence;
    if (part.unfamiliarity > parts[strangest].unfamiliarity) strangest = i;
    if (part.judged.doubt == Doubt::kForeign) doubt = Doubt::kForeign;
    if (doubt == Doubt::kNone && !IsSound(pictures, part.judged)) doubt = Doubt::kDoubtful;
  }
  out.logit = FieldLogit(logits);
  out.p_correct = 1 / (1 + std::exp(-out.logit));
  if (certificate == nullptr) {
    AddNote(FieldReason::kNotCalibrated, {}, out);
    return out;
  }
  const double p = ConformalP(certificate->u_sorted, parts[strangest].unfamiliarity);
  const Judged judged = {.p = p, .logit = out.logit, .predicted = 0, .doubt = doubt};
  out.familiarity = p;
  out.certified_risk = CertifiedRisk(certificate->rule, judged);
  out.verdict = Decide(certificate->rule, judged);
  Explain(pictures, *certificate, parts, strangest, out);
  return out;
}

}  // namespace credence::reliability
