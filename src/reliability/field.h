// Fields: several pictures that make one value, such as a number of five digits.
//
// Assumes: the errors of a field's pictures are independent of each other, given what is known of
//          each picture; then the probability that all are right is the product of theirs. Where
//          errors come together (one bad pen), fields with several errors are more frequent and
//          fields with any error rarer than it says.
// Guarantees: as for pictures, with a field in the place of a picture. The certifying fields are
//          made of independent certifying pictures or given as groups; the fields to come must be
//          made alike. They do not rest on the assumption above: it only orders the fields.
// Threads: pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "reliability/verdict.h"

namespace credence::reliability {

inline constexpr std::size_t kFieldLengthMin = 2;
inline constexpr std::size_t kFieldLengthMax = 64;

// What was certified for fields of one length.
struct FieldCertificate {
  std::size_t length = 0;
  bool given = false;  // the fields were groups of the data; else made of its pictures
  std::vector<double> u_sorted = {};  // [m], ascending: of each certifying field the largest u
  VerdictRule rule = {};              // of fields; without costs and risks of classes
};

// What a field is judged from, of each of its pictures.
struct FieldPart {
  Judged judged;
  double confidence = 0;
  double unfamiliarity = 0;  // u
};

// Whether the picture would be `reliable` if it were not for α_r. A field's pictures have to be;
// how familiar they are is judged of the field as a whole, because of five ordinary pictures one is
// among the most unusual 5 % in every fifth field.
bool IsSound(const VerdictRule& pictures, const Judged& judged);

// The logit of the probability that all are right; +inf where it is 1.
double FieldLogit(std::span<const double> logits);

// Stable codes.
enum class FieldReason {
  kNotCalibrated,       // the profile has no certificate for fields of this length: `unassessed`
  kPictureUnfamiliar,   // a picture is `unfamiliar` by what was found on its way to the model
  kUnusual,             // p <= α_u: `unfamiliar`
  kUncertified,         // no risk of fields of this length could be certified
  kPictureNotReliable,  // a picture is not sound
  kSomewhatUnusual,     // p <= α_r
  kLowConfidence,
};
std::string_view FieldReasonCode(FieldReason reason);

struct FieldNote {
  FieldReason reason = FieldReason::kLowConfidence;
  std::optional<std::size_t> picture = {};  // which one, from 0
};
inline constexpr std::size_t kFieldNotesMax = 4;

struct FieldAssessment {
  double p_correct = 0;   // that all are right, if all are of the known kind
  double confidence = 0;  // that all are of the known kind and right
  double logit = 0;       // of p_correct
  // Conformal p-value among fields, certified risk of fields: none without a certificate.
  std::optional<double> familiarity, certified_risk;
  Verdict verdict = Verdict::kUnassessed;
  std::vector<FieldNote> notes;  // at most kFieldNotesMax; empty: `reliable`
};

// pictures: the rule of the profile. certificate: for parts.size() pictures; nullptr: there is
// none, and the field is `unassessed`. REQUIRES: parts are not empty.
FieldAssessment AssessField(const VerdictRule& pictures, const FieldCertificate* certificate,
                            std::span<const FieldPart> parts);

}  // namespace credence::reliability
