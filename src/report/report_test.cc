#include <gmock/gmock.h>

#include <cmath>

#include "report/html.h"
#include "report/rows_csv.h"
#include "report/text.h"

namespace credence::report {
namespace {

using testing::HasSubstr;

// Two classes; the first row is right, the second wrong.
calibration::Evaluation SmallEvaluation() {
  calibration::Evaluation evaluation;
  evaluation.class_names = {"cat", "dog, wet"};
  fitting::CardRow right;
  right.confidence = 0.75;
  right.p_correct = 0.875;
  right.certified_risk = 0.02;
  right.scaled_softmax = 0.5;
  right.max_softmax = 0.625;
  right.unfamiliarity = 2;
  right.familiarity = 0.25;
  right.verdict = reliability::Verdict::kReliable;
  fitting::CardRow wrong = right;
  wrong.predicted = 1;
  wrong.second_opinion = 0;
  wrong.certified_risk = std::nan("");
  wrong.verdict = reliability::Verdict::kUncertain;
  evaluation.assessed.name = "pets";
  evaluation.assessed.rows = {right, wrong};
  evaluation.assessed.numbers = {4, 6};
  evaluation.assessed.reasons = {"", "ambiguous"};
  evaluation.assessed.probabilities = {0.75F, 0.25F, 0.125F, 0.875F};
  evaluation.card = fitting::MakeReportCard(evaluation.assessed.rows);
  evaluation.breakdown = fitting::MakeBreakdown(evaluation.assessed.rows, 2,
                                                fitting::Bootstrap(0, evaluation.assessed.rows));
  return evaluation;
}

TEST(RowsCsv, HasALineForEachPicture) {
  EXPECT_EQ(
      RowsCsv(SmallEvaluation()),
      "data,row,label,predicted,second_opinion,confidence,p_correct,scaled_softmax,"
      "max_softmax,familiarity,unfamiliarity,certified_risk,verdict,reasons,p:cat,\"p:dog, wet\"\n"
      "pets,4,cat,cat,,0.75,0.875,0.5,0.625,0.25,2,0.02,reliable,,0.75,0.25\n"
      "pets,6,cat,\"dog, wet\",cat,0.75,0.875,0.5,0.625,0.25,2,,uncertain,ambiguous,0.125,0.875\n");
}

TEST(ToText, HoldsConfidenceBesideTheRawSoftmax) {
  EXPECT_THAT(ToText(SmallEvaluation()), HasSubstr("max softmax"));
}

TEST(ToText, ShowsTheWarningsOfACalibration) {
  calibration::Calibration calibration;
  calibration.warnings = {"the model gives probabilities only"};
  EXPECT_THAT(ToText(calibration), HasSubstr("warning: the model gives probabilities only"));
}

TEST(WriteJson, GivesAShareItsInterval) {
  std::string text;
  JsonWriter json(text);
  WriteJson(SmallEvaluation(), json);
  EXPECT_THAT(text, HasSubstr(R"("accuracy":{"value":0.5,"low":0.01257)"));
}

TEST(ToHtml, EscapesTheHeading) {
  EXPECT_THAT(ToHtml(SmallEvaluation(), "cats & <dogs>"), HasSubstr("cats &amp; &lt;dogs&gt;"));
}

}  // namespace
}  // namespace credence::report
