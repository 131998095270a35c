#include "reliability/field.h"

#include <gtest/gtest.h>

#include <cmath>

#include "reliability/logits.h"

namespace credence::reliability {
namespace {

// Pictures from a logit of 2 on are `reliable`.
VerdictRule Pictures() {
  return {.rungs = {{.risk = 0.05, .theta = 2.0, .share = 0.9}}, .rung = 0};
}

// Of three pictures; fields from a logit of 1 on are `reliable`; u of the certifying fields 1 … 99.
FieldCertificate Certificate() {
  FieldCertificate certificate = {.length = 3, .rule = Pictures()};
  certificate.rule.rungs[0] = {.risk = 0.1, .theta = 1.0, .share = 0.8};
  for (int i = 1; i < 100; ++i) certificate.u_sorted.push_back(i);
  return certificate;
}

FieldPart Part(double logit, double u = 1, double p = 0.5) {
  return {.judged = {.p = p, .logit = logit}, .confidence = 0.9, .unfamiliarity = u};
}

FieldAssessment Assess(const std::vector<FieldPart>& parts) {
  const FieldCertificate certificate = Certificate();
  return AssessField(Pictures(), &certificate, parts);
}

TEST(FieldLogit, IsOfTheProductOfTheProbabilities) {
  // .9 x .8 x .95 = .684
  const auto logit = [](double p) { return std::log(p / (1 - p)); };
  const std::vector<double> logits = {logit(.9), logit(.8), logit(.95)};
  EXPECT_NEAR(FieldLogit(logits), logit(.684), 1e-12);
  EXPECT_NEAR(FieldLogit(std::vector<double>(5, logit(.996))), logit(.98015936), 1e-3);
}

TEST(FieldLogit, KeepsWhatProbabilitiesNearOneWouldLose) {
  // Of five times 1 - 10^-30 the rest is 5 10^-30.
  const double logit = std::log(1e30);
  EXPECT_NEAR(FieldLogit(std::vector<double>(5, logit)), logit - std::log(5), 1e-9);
  EXPECT_EQ(FieldLogit(std::vector<double>{1e4, 1e4}), INFINITY);
}

TEST(AssessField, MultipliesWhatItsPicturesHave) {
  const FieldAssessment field = Assess({Part(4), Part(5), Part(6)});
  EXPECT_NEAR(field.p_correct, Sigmoid(4) * Sigmoid(5) * Sigmoid(6), 1e-12);
  EXPECT_NEAR(field.confidence, 0.729, 1e-12);
  EXPECT_EQ(field.verdict, Verdict::kReliable);
  EXPECT_EQ(field.certified_risk, 0.1);
  EXPECT_TRUE(field.notes.empty());
}

TEST(AssessField, IsMonotonousInEachPicture) {
  double last = -INFINITY;
  for (double logit = -3; logit < 9; logit += 0.5) {
    const FieldAssessment field = Assess({Part(5), Part(logit), Part(5)});
    EXPECT_GT(field.logit, last);
    EXPECT_LT(field.p_correct, Sigmoid(logit));
    last = field.logit;
  }
}

TEST(AssessField, OnePictureThatIsNotReliableSpoilsIt) {
  // Their product alone is over the threshold of fields.
  const FieldAssessment field = Assess({Part(1.9), Part(9), Part(9)});
  EXPECT_GT(field.logit, 1);
  EXPECT_EQ(field.verdict, Verdict::kUncertain);
  EXPECT_FALSE(field.certified_risk.has_value());
  ASSERT_EQ(field.notes.size(), 1U);
  EXPECT_EQ(field.notes[0].reason, FieldReason::kPictureNotReliable);
  EXPECT_EQ(field.notes[0].picture, 0U);
  FieldPart cut = Part(9);
  cut.judged.doubt = Doubt::kDoubtful;
  EXPECT_EQ(Assess({Part(9), cut, Part(9)}).verdict, Verdict::kUncertain);
  const FieldAssessment unusual = Assess({Part(9), Part(9), Part(9, 1, 0.01)});
  EXPECT_EQ(unusual.verdict, Verdict::kUncertain);
  EXPECT_EQ(unusual.notes[0].picture, 2U);
}

TEST(AssessField, FamiliarityIsThatOfTheFieldAsAWhole) {
  // p = .03: one of the most unusual 5 % of pictures. Of the fields 60 % have a stranger one.
  const FieldAssessment field = Assess({Part(9), Part(9, 40, 0.03), Part(9)});
  EXPECT_EQ(field.verdict, Verdict::kReliable);
  EXPECT_NEAR(*field.familiarity, 0.61, 1e-12);
  const FieldAssessment strange = Assess({Part(9), Part(9, 96, 0.03), Part(9)});
  EXPECT_EQ(strange.verdict, Verdict::kUncertain);
  EXPECT_EQ(strange.notes[0].reason, FieldReason::kSomewhatUnusual);
  EXPECT_EQ(strange.notes[0].picture, 1U);
  const FieldAssessment foreign = Assess({Part(9), Part(9), Part(9, 100, 0.03)});
  EXPECT_EQ(foreign.verdict, Verdict::kUnfamiliar);
  EXPECT_EQ(foreign.notes[0].reason, FieldReason::kUnusual);
  EXPECT_EQ(foreign.notes[0].picture, 2U);
}

TEST(AssessField, ABlankPictureMakesItUnfamiliar) {
  FieldPart blank = Part(9);
  blank.judged.doubt = Doubt::kForeign;
  const FieldAssessment field = Assess({Part(9), blank, Part(1)});
  EXPECT_EQ(field.verdict, Verdict::kUnfamiliar);
  EXPECT_EQ(field.notes[0].reason, FieldReason::kPictureUnfamiliar);
  EXPECT_EQ(field.notes[0].picture, 1U);
}

TEST(AssessField, WithoutACertificateItIsUnassessed) {
  const std::vector<FieldPart> parts = {Part(9), Part(9)};
  const FieldAssessment field = AssessField(Pictures(), nullptr, parts);
  EXPECT_EQ(field.verdict, Verdict::kUnassessed);
  EXPECT_EQ(field.notes[0].reason, FieldReason::kNotCalibrated);
  EXPECT_FALSE(field.familiarity.has_value());
  EXPECT_NEAR(field.p_correct, Sigmoid(9) * Sigmoid(9), 1e-12);
}

TEST(AssessField, SaysWhatIsMissing) {
  FieldCertificate certificate = Certificate();
  certificate.rule.rung.reset();
  const std::vector<FieldPart> parts = {Part(9), Part(9), Part(9)};
  const FieldAssessment none = AssessField(Pictures(), &certificate, parts);
  EXPECT_EQ(none.notes[0].reason, FieldReason::kUncertified);
  const FieldAssessment low = Assess({Part(2.1), Part(2.1), Part(2.1)});
  EXPECT_EQ(low.verdict, Verdict::kUncertain);
  EXPECT_EQ(low.notes[0].reason, FieldReason::kLowConfidence);
}

}  // namespace
}  // namespace credence::reliability
