#include "predictor/field.h"

#include <algorithm>
#include <vector>

namespace credence::predictor {
namespace {

using reliability::FieldReason;

bool IsOneCharacter(const std::string& label) {
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return std::ranges::count_if(label, starts) == 1;  // UTF-8
}

std::string Joined(const Predictor& predictor, std::span<const Answer> pictures) {
  const auto& labels = predictor.labels();
  const bool apart = !std::ranges::all_of(labels, IsOneCharacter);
  std::string text;
  for (const Answer& picture : pictures) {
    if (apart && !text.empty()) text += ' ';
    text += labels[static_cast<std::size_t>(picture.prediction.label)];
  }
  return text;
}

// The lengths that the profile has certificates for: "4, 5".
std::string Lengths(const reliability::Profile& profile) {
  std::string text;
  for (const reliability::FieldCertificate& field : profile.fields) {
    text.append(text.empty() ? "" : ", ").append(std::to_string(field.length));
  }
  return text;
}

}  // namespace

Result<FieldAnswer> JudgeField(const Predictor& predictor, std::span<const Answer> pictures) {
  if (!predictor.takes_pictures()) {
    return Error{Code::kInvalidArgument,
                 predictor.name() + " is no picture classifier: a field is made of pictures"};
  }
  std::vector<reliability::FieldPart> parts;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (pictures[i].error) {
      return Annotate(*pictures[i].error, "picture " + std::to_string(i + 1) + " of the field's " +
                                              std::to_string(pictures.size()));
    }
    parts.push_back(pictures[i].prediction.part);
  }
  FieldAnswer out = {.label = Joined(predictor, pictures), .assessment = {}};
  const reliability::Profile* profile = predictor.profile();
  if (profile == nullptr) {
    out.assessment.notes.push_back({FieldReason::kNotCalibrated, {}});
    return out;
  }
  out.assessment = AssessField(profile->rule, profile->FindField(parts.size()), parts);
  if (parts.size() > 1) return out;
  out.assessment.familiarity = parts[0].judged.p;
  out.assessment.certified_risk = CertifiedRisk(profile->rule, parts[0].judged);
  out.assessment.verdict = pictures[0].prediction.verdict;
  out.assessment.notes.clear();
  if (out.assessment.verdict != reliability::Verdict::kReliable) {
    out.assessment.notes.push_back({FieldReason::kPictureNotReliable, 0});
  }
  return out;
}

std::string FieldNoteText(const reliability::FieldNote& note, const Predictor& predictor,
                          std::size_t length) {
  const std::string number = std::to_string(note.picture.value_or(0) + 1);
  const std::string pictures = std::to_string(length) + " pictures";
  switch (note.reason) {
    case FieldReason::kNotCalibrated: {
      if (predictor.profile() == nullptr) {
        return "This version has no profile: nothing is known of its answers.";
      }
      const std::string lengths = Lengths(*predictor.profile());
      return "This version was not calibrated for fields of " + pictures +
             (lengths.empty() ? "" : ", but of " + lengths) + "; credence calibrate --fields-of " +
             std::to_string(length) + " does it.";
    }
    case FieldReason::kPictureUnfamiliar:
      return "Picture " + number + " is unfamiliar, whatever the model says; see its reasons.";
    case FieldReason::kUnusual:
      return "Picture " + number +
             " is more unusual than the pictures of nearly all ordinary fields of " + pictures +
             ".";
    case FieldReason::kUncertified:
      return "There was too little evidence to certify any field of " + pictures + " as reliable.";
    case FieldReason::kPictureNotReliable:
      return "Picture " + number + " is not reliable by itself; see its reasons.";
    case FieldReason::kSomewhatUnusual:
      return "Picture " + number +
             " makes this field one of the most unusual 5 % of ordinary fields.";
    case FieldReason::kLowConfidence:
      return "The probability that all pictures are right is below what is needed for a reliable "
             "field.";
  }
  return "";
}

}  // namespace credence::predictor
