#include "cli/answer_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serving/test_predictor.h"

namespace credence::cli {
namespace {

using testing::HasSubstr;

TEST(AnswerText, HasABarAClassAndThePicturesStory) {
  const SystemClock clock;
  const auto predictor = serving::TestLoaded(clock, "digits", 3).predictor;
  predictor::Answer answer;
  answer.adapted.adaptations = {{.step = image::Adaptation::Step::kInvert}};
  answer.prediction.label = 7;
  answer.prediction.prediction = {0, 0, 0, 0, 0, 0, 0, 0.75f, 0.25f, 0};
  answer.prediction.uncertainty.assign(10, 0);
  const std::string text = AnswerText("7.png", *predictor, answer, {});
  EXPECT_THAT(text, HasSubstr("7.png: 7  unassessed  (digits version 3)\n"));
  EXPECT_THAT(text, HasSubstr("  7  75.00%  ██████████████████████████████\n"));
  EXPECT_THAT(text, HasSubstr("  8  25.00%  ██████████\n"));
  EXPECT_THAT(text, HasSubstr("  picture: invert\n"));
}

TEST(HalfBlocks, DrawsTwoRowsALine) {
  const image::Pixels picture = {3, 2, 1, {0, 255, 128, 0, 255, 128}};
  EXPECT_EQ(HalfBlocks(picture, false), " █▒\n");
  EXPECT_THAT(HalfBlocks(picture, true), HasSubstr("\x1b[38;2;255;255;255;48;2;255;255;255m▀"));
}

}  // namespace
}  // namespace credence::cli
