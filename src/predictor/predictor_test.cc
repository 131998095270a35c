#include "predictor/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "model/fake/fake_model.h"
#include "predictor/load.h"
#include "predictor/words.h"

namespace credence::predictor {
namespace {

using testing::HasSubstr;

std::shared_ptr<Predictor> Make(const model::FakeOptions& fake, const LoadOptions& options,
                                const Clock& clock) {
  auto made = Assemble("fake", 1, model::MakeFake(fake), std::nullopt, options, clock);
  EXPECT_TRUE(made) << made.error().message;
  return made ? *made : nullptr;
}

// A 28 x 28 grey picture of one level, as numbers.
Picture Grey(std::uint8_t level) {
  Picture picture;
  picture.pixels.Reshape(28, 28, 1);
  std::fill(picture.pixels.data.begin(), picture.pixels.data.end(), level);
  picture.origin = {};
  picture.origin.step = image::Adaptation::Step::kArray;
  return picture;
}

class PredictorTest : public testing::Test {
 protected:
  // Prepares and runs one picture on lane 0.
  void Predict(const Predictor& predictor, Picture& picture) {
    predictor.Prepare(picture, workspace_);
    Picture* one = &picture;
    if (!picture.error) predictor.Run({&one, 1}, 0);
  }
  SystemClock clock_;
  Workspace workspace_;
};

TEST_F(PredictorTest, AnswersWithTheLikeliestClassAndItsRawScore) {
  const auto predictor = Make({}, {}, clock_);
  Picture white = Grey(255);
  Predict(*predictor, white);
  ASSERT_FALSE(white.error);
  EXPECT_EQ(white.prediction.label, 9);
  EXPECT_EQ(white.prediction.raw_score, white.prediction.prediction[9]);
  EXPECT_NEAR(
      std::accumulate(white.prediction.prediction.begin(), white.prediction.prediction.end(), 0.0),
      1, 1e-6);
  EXPECT_EQ(white.prediction.verdict, reliability::Verdict::kUnassessed);
  EXPECT_FALSE(white.prediction.confidence);
}

TEST_F(PredictorTest, UncertaintyOfADeterministicModelIsPTimesOneMinusP) {
  const auto predictor = Make({}, {}, clock_);
  Picture grey = Grey(128);
  Predict(*predictor, grey);
  for (std::size_t k = 0; k < 10; ++k) {
    const float p = grey.prediction.prediction[k];
    EXPECT_FLOAT_EQ(grey.prediction.uncertainty[k], p * (1 - p));
  }
}

TEST_F(PredictorTest, AStochasticModelIsSampledInOneBatch) {
  LoadOptions options;
  options.samples = 10;
  const auto predictor = Make({.random = true}, options, clock_);
  EXPECT_EQ(predictor->samples(), 10);
  EXPECT_EQ(predictor->batch_max(), 6);  // 64 examples a Run
  Picture grey = Grey(135);              // between two classes: the noise decides
  Predict(*predictor, grey);
  ASSERT_FALSE(grey.error);
  const auto top = static_cast<std::size_t>(grey.prediction.label);
  EXPECT_GT(grey.prediction.uncertainty[top], 0);
  EXPECT_LT(grey.prediction.uncertainty[top],
            grey.prediction.prediction[top] * (1 - grey.prediction.prediction[top]));
}

TEST_F(PredictorTest, ABatchGivesEachPictureItsOwnAnswer) {
  const auto predictor = Make({}, {}, clock_);
  std::vector<Picture> pictures;
  for (const int level : {0, 85, 170, 255})
    pictures.push_back(Grey(static_cast<std::uint8_t>(level)));
  std::vector<Picture*> all;
  for (Picture& picture : pictures) {
    predictor->Prepare(picture, workspace_);
    all.push_back(&picture);
  }
  predictor->Run(all, 0);
  EXPECT_EQ(pictures[0].prediction.label, 0);
  EXPECT_EQ(pictures[1].prediction.label, 3);
  EXPECT_EQ(pictures[2].prediction.label, 6);
  EXPECT_EQ(pictures[3].prediction.label, 9);
}

TEST_F(PredictorTest, NumbersInNoRangeAreAReasonEvenWithoutAProfile) {
  const auto predictor = Make({}, {}, clock_);
  Picture grey = Grey(128);
  grey.misfit = NumberSpan{0, 40000};
  Predict(*predictor, grey);
  EXPECT_TRUE(grey.prediction.reasons.contains(reliability::Reason::kValueRange));
  EXPECT_EQ(grey.prediction.verdict, reliability::Verdict::kUnassessed);
  EXPECT_THAT(ReasonText(reliability::Reason::kValueRange, *predictor, grey),
              HasSubstr("from 0 to 40000"));
  grey.Clear();
  Predict(*predictor, grey);
  EXPECT_TRUE(grey.prediction.reasons.empty());
}

TEST_F(PredictorTest, ABrokenPictureGetsAnErrorAndNoPrediction) {
  const auto predictor = Make({}, {}, clock_);
  const std::vector<std::uint8_t> text = {'h', 'e', 'l', 'l', 'o'};
  Picture picture;
  picture.file = text;
  predictor->Prepare(picture, workspace_);
  ASSERT_TRUE(picture.error);
  EXPECT_EQ(picture.error->code, Code::kUnsupportedFormat);
}

TEST_F(PredictorTest, AModelWhoseOutputIsNotFiniteFailsItsSelfTest) {
  const auto made =
      Assemble("fake", 1, model::MakeFake({.non_finite = true}), std::nullopt, {}, clock_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message,
              HasSubstr("self-test: the model's output for this picture is not finite"));
}

TEST_F(PredictorTest, AModelThatFailsToRunFailsItsSelfTest) {
  const auto made =
      Assemble("fake", 1, model::MakeFake({.run_error = "out of order"}), std::nullopt, {}, clock_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "self-test: out of order");
}

TEST_F(PredictorTest, LabelsMustBeAsManyAsClasses) {
  LoadOptions options;
  options.overrides.labels = {"cat", "dog"};
  const auto made = Assemble("fake", 1, model::MakeFake({}), std::nullopt, options, clock_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "2 labels are given, but the model has 10 classes");
}

TEST(MakeContract, AFloatInputMeansZeroToOneAndUint8MeansLevels) {
  model::InputSpec input;
  input.height = input.width = 8;
  input.channels = 1;
  EXPECT_EQ(MakeContract(input, {})->range.name, "0..1");
  input.element = image::ElementType::kUint8;
  EXPECT_EQ(MakeContract(input, {})->range.name, "0..255");
  ContractOverrides unit;
  unit.range = *ParseRange("0..1");
  EXPECT_FALSE(MakeContract(input, unit));
}

}  // namespace
}  // namespace credence::predictor
