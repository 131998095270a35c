#include "predictor/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "model/fake/fake_model.h"
#include "predictor/load.h"
#include "predictor/words.h"
#include "reliability/logits.h"

namespace credence::predictor {
namespace {

using testing::HasSubstr;

Loaded Make(const model::FakeOptions& fake, const LoadOptions& options, const Clock& clock) {
  auto made = Assemble({.name = "fake"}, model::MakeFake(fake), {}, options, clock);
  EXPECT_TRUE(made) << made.error().message;
  return *std::move(made);
}

// A 28 x 28 grey picture of one level, as numbers.
Input Grey(float level) {
  return Numbers{.shape = {28, 28}, .values = std::vector<float>(28 * 28, level)};
}

// The clock of a thread that mostly waits for a core: 24 readings in 32 are 5 ms apart, the others
// 1 us. A run takes fewer than eight.
class BusyClock final : public Clock {
 public:
  SteadyTime Now() const override {
    now_ += readings_++ % 32 < 24 ? std::chrono::microseconds(5000) : std::chrono::microseconds(1);
    return now_;
  }
  WallTime Wall() const override { return {}; }

 private:
  mutable SteadyTime now_;
  mutable int readings_ = 0;
};

class PredictorTest : public testing::Test {
 protected:
  // Prepares and runs one input.
  Answer Predict(const Loaded& loaded, const Input& input) {
    Answer answer;
    loaded.predictor->Prepare(input, workspace_, answer, timings_);
    const Task task{.answer = &answer};
    if (!answer.error) loaded.predictor->Run({&task, 1}, loaded.last(), timings_);
    return answer;
  }
  SystemClock clock_;
  Workspace workspace_;
  Timings timings_;
};

TEST_F(PredictorTest, AnswersWithTheLikeliestClassAndItsRawScore) {
  const Answer white = Predict(Make({}, {}, clock_), Grey(255));
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
  const Answer grey = Predict(Make({}, {}, clock_), Grey(128));
  for (std::size_t k = 0; k < 10; ++k) {
    const float p = grey.prediction.prediction[k];
    EXPECT_FLOAT_EQ(grey.prediction.uncertainty[k], p * (1 - p));
  }
}

TEST_F(PredictorTest, AStochasticModelIsSampledInOneBatch) {
  LoadOptions options;
  options.samples = 10;
  const Loaded loaded = Make({.random = true}, options, clock_);
  EXPECT_EQ(loaded.predictor->samples(), 10);
  EXPECT_EQ(loaded.predictor->batch_max(), 6);     // 64 examples a Run
  const Answer grey = Predict(loaded, Grey(135));  // between two classes: the noise decides
  ASSERT_FALSE(grey.error);
  const auto top = static_cast<std::size_t>(grey.prediction.label);
  EXPECT_GT(grey.prediction.uncertainty[top], 0);
  EXPECT_LT(grey.prediction.uncertainty[top],
            grey.prediction.prediction[top] * (1 - grey.prediction.prediction[top]));
}

TEST_F(PredictorTest, MorePassesThanTheModelsBatchHoldsAreRunInParts) {
  LoadOptions options;
  options.samples = 10;
  const Loaded loaded = Make({.batch_max = 4, .random = true}, options, clock_);
  EXPECT_EQ(loaded.predictor->batch_max(), 1);
  const Answer grey = Predict(loaded, Grey(135));
  ASSERT_FALSE(grey.error);
  EXPECT_GT(grey.prediction.uncertainty[static_cast<std::size_t>(grey.prediction.label)], 0);
}

TEST_F(PredictorTest, ADecodedPictureIsAnsweredAsAFileOfItWouldBe) {
  LoadOptions options;
  options.overrides.framing = image::Framing::kObject;
  const Loaded loaded = Make({}, options, clock_);
  image::Pixels page;
  page.Reshape(60, 40, 1);
  std::fill(page.data.begin(), page.data.end(), std::uint8_t{250});
  for (int y = 10; y < 30; ++y) page.data[static_cast<std::size_t>(60 * y + 25)] = 10;
  const Answer decoded = Predict(loaded, DecodedPicture{&page});
  const std::vector<std::uint8_t> png = image::EncodePng(page);
  const Answer file = Predict(loaded, EncodedPicture{png});
  EXPECT_EQ(decoded.adapted.canonical, file.adapted.canonical);
  EXPECT_EQ(decoded.prediction.prediction, file.prediction.prediction);
  EXPECT_EQ(decoded.adapted.adaptations.front().step, image::Adaptation::Step::kArray);
  EXPECT_GT(decoded.adapted.adaptations.size(), 1u);
}

TEST_F(PredictorTest, DetailSaysWhatAPredictionWasMadeFrom) {
  const Loaded loaded = Make({}, {}, clock_);
  Answer answer;
  Detail detail;
  loaded.predictor->Prepare(Grey(128), workspace_, answer, timings_);
  const Task task{.answer = &answer, .detail = &detail};
  loaded.predictor->Run({&task, 1}, loaded.last(), timings_);
  ASSERT_EQ(detail.logits.size(), 10u);
  std::vector<float> softmax(10);
  reliability::ScaledSoftmax(detail.logits, 1, softmax);
  EXPECT_THAT(softmax, testing::Pointwise(testing::FloatNear(1e-6f), answer.prediction.prediction));
  EXPECT_EQ(detail.features.size(), 16u);
  EXPECT_TRUE(detail.variance.empty());
  EXPECT_FALSE(detail.assessment.valid);
}

// What calibration tells apart.
TEST_F(PredictorTest, DetailHasLogitsThatAreNotFiniteButNoneWhenTheEngineFailed) {
  for (const bool fails : {false, true}) {
    Parts parts;
    parts.model = model::MakeFake({.non_finite = !fails, .run_error = fails ? "out of order" : ""});
    parts.contract = *MakeContract(parts.model->info().view->input, {});
    const Predictor predictor(std::move(parts), clock_);
    const auto runner = predictor.NewRunner(0);
    ASSERT_TRUE(runner);
    Answer answer;
    Detail detail;
    detail.logits = {1, 2};
    predictor.Prepare(Grey(128), workspace_, answer, timings_);
    const Task task{.answer = &answer, .detail = &detail};
    predictor.Run({&task, 1}, **runner, timings_);
    EXPECT_TRUE(answer.error);
    EXPECT_EQ(detail.logits.size(), fails ? 0u : 10u);
  }
}

TEST_F(PredictorTest, ABatchGivesEachInputItsOwnAnswer) {
  const Loaded loaded = Make({}, {}, clock_);
  std::vector<Answer> answers(4);
  std::vector<Task> tasks;
  const std::vector<float> levels = {0, 85, 170, 255};
  for (std::size_t i = 0; i < levels.size(); ++i) {
    loaded.predictor->Prepare(Grey(levels[i]), workspace_, answers[i], timings_);
    tasks.push_back({.answer = &answers[i]});
  }
  loaded.predictor->Run(tasks, loaded.last(), timings_);
  EXPECT_EQ(answers[0].prediction.label, 0);
  EXPECT_EQ(answers[1].prediction.label, 3);
  EXPECT_EQ(answers[2].prediction.label, 6);
  EXPECT_EQ(answers[3].prediction.label, 9);
}

TEST_F(PredictorTest, NumbersInNoRangeAreAReasonEvenWithoutAProfile) {
  const Loaded loaded = Make({}, {}, clock_);
  const Answer none = Predict(loaded, Grey(40000));
  EXPECT_TRUE(none.prediction.reasons.contains(reliability::Reason::kValueRange));
  EXPECT_EQ(none.prediction.verdict, reliability::Verdict::kUnassessed);
  EXPECT_THAT(ReasonText(reliability::Reason::kValueRange, *loaded.predictor, none),
              HasSubstr("from 40000 to 40000"));
}

// A file gives the numbers that its pixels give, however much larger it is than the model's input.
TEST_F(PredictorTest, AFileIsReadAtItsFullSize) {
  model::FakeOptions small;
  small.input.height = small.input.width = 4;
  small.input.channels = 1;
  const Loaded loaded = Make(small, {}, clock_);
  for (const char* name : {"rgb420.jpg", "rgb444.jpg", "progressive.jpg", "lossy.webp"}) {
    std::ifstream in(std::string("src/image/codec/testdata/") + name, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    const std::vector<std::uint8_t> file(bytes.begin(), bytes.end());
    image::Decoded decoded;
    ASSERT_TRUE(image::Decode(file, {}, decoded)) << name << ": run from the repository's root";
    const Answer ours = Predict(loaded, EncodedPicture{file});
    const Answer pixels = Predict(loaded, DecodedPicture{&decoded.pixels});
    EXPECT_EQ(ours.adapted.canonical, pixels.adapted.canonical) << name;
  }
}

TEST_F(PredictorTest, WhatTheFramingLeftOutIsAReason) {
  LoadOptions options;
  options.overrides.framing = image::Framing::kObject;
  options.overrides.background = 0;
  const Loaded loaded = Make({}, options, clock_);
  image::Pixels page;
  page.Reshape(120, 60, 1);
  page.data.assign(page.size(), 0);
  const auto draw = [&](int left) {
    for (int y = 10; y < 50; ++y) std::fill_n(page.row(y) + left, 3, std::uint8_t{255});
  };
  draw(20);
  EXPECT_TRUE(Predict(loaded, DecodedPicture{&page}).prediction.reasons.empty());
  draw(90);
  const Answer two = Predict(loaded, DecodedPicture{&page});
  EXPECT_EQ(two.prediction.reasons.size(), 1u);
  EXPECT_TRUE(two.prediction.reasons.contains(reliability::Reason::kSeveralObjects));
  page.Reshape(106, 5, 1);
  const Answer line = Predict(loaded, DecodedPicture{&page});
  EXPECT_TRUE(line.prediction.reasons.contains(reliability::Reason::kElongated));
}

TEST_F(PredictorTest, AReusedAnswerForgetsTheLastInput) {
  const Loaded loaded = Make({}, {}, clock_);
  Answer answer;
  loaded.predictor->Prepare(Grey(40000), workspace_, answer, timings_);
  loaded.predictor->Prepare(Grey(128), workspace_, answer, timings_);
  const Task task{.answer = &answer};
  loaded.predictor->Run({&task, 1}, loaded.last(), timings_);
  EXPECT_TRUE(answer.prediction.reasons.empty());
}

TEST_F(PredictorTest, ABrokenPictureGetsAnErrorAndNoPrediction) {
  const std::vector<std::uint8_t> text = {'h', 'e', 'l', 'l', 'o'};
  const Answer answer = Predict(Make({}, {}, clock_), EncodedPicture{text});
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, Code::kUnsupportedFormat);
}

TEST_F(PredictorTest, AHeavyModelHasNoRunnerOnIoLanes) {
  LoadOptions options;
  options.lanes = {.io = 2, .compute = 1, .inline_cost_max = std::chrono::nanoseconds(0)};
  const Loaded heavy = Make({}, options, clock_);
  ASSERT_EQ(heavy.runners.size(), 3u);
  EXPECT_FALSE(heavy.runners[0]);
  EXPECT_FALSE(heavy.runners[1]);
  EXPECT_TRUE(heavy.runners[2]);
  options.lanes.inline_cost_max = std::chrono::hours(1);
  EXPECT_TRUE(Make({}, options, clock_).runners[0]);
}

TEST_F(PredictorTest, AHeavyModelOfTensorsHasNoRunnersOnIoLanesEither) {
  LoadOptions options;
  options.lanes = {.io = 1, .compute = 1, .inline_cost_max = std::chrono::nanoseconds(0)};
  const auto made = Assemble({.name = "fake"}, model::MakeAddingFake(), {}, options, clock_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->runners[0]);
  EXPECT_TRUE(made->runners[1]);
}

TEST(Lanes, ALaneOfGrpcSharesTheSlotOfALaneOfHttp) {
  const auto slots = [](const Lanes& lanes) {
    std::vector<int> all = {lanes.slots()};
    for (int lane = 0; lane < lanes.count(); ++lane) all.push_back(lanes.SlotOf(lane));
    return all;
  };
  EXPECT_EQ(slots({.io = 2, .compute = 2}), (std::vector<int>{4, 2, 3, 0, 1}));
  EXPECT_EQ(slots({.io = 4, .grpc = 2, .compute = 2}), (std::vector<int>{4, 2, 3, 2, 3, 0, 1}));
  EXPECT_EQ(slots({.io = 3, .grpc = 2, .compute = 1}), (std::vector<int>{3, 1, 1, 2, 0}));
  EXPECT_EQ(slots({.io = 3, .grpc = 1, .compute = 1}), (std::vector<int>{3, 1, 2, 1, 0}));
}

// The fake, and which slots its sessions were for.
class SlotRecorder final : public model::Model {
 public:
  explicit SlotRecorder(std::vector<int>& slots) : slots_(slots) {}
  const model::ModelInfo& info() const override { return inner_->info(); }
  int batch_max() const override { return inner_->batch_max(); }
  Result<std::unique_ptr<model::Session>> NewSession(int slot) const override {
    slots_.push_back(slot);
    return inner_->NewSession(slot);
  }
  Result<std::unique_ptr<model::TensorSession>> NewTensorSession() const override {
    return inner_->NewTensorSession();
  }

 private:
  const std::unique_ptr<model::Model> inner_ = model::MakeFake({});
  std::vector<int>& slots_;
};

TEST_F(PredictorTest, RunnersOfGrpcNeedNoCompiledModelsOfTheirOwn) {
  LoadOptions options;
  options.lanes = {.io = 4, .grpc = 2, .compute = 1, .inline_cost_max = std::chrono::hours(1)};
  EXPECT_EQ(EngineOptions(options, {}).slots, 3);
  std::vector<int> slots;
  const auto made =
      Assemble({.name = "fake"}, std::make_shared<SlotRecorder>(slots), {}, options, clock_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(slots, (std::vector<int>{0, 2, 1, 2, 1}));  // the last lane first
}

TEST_F(PredictorTest, ABusyMachineDoesNotMakeALightModelAHeavyOne) {
  LoadOptions options;
  options.lanes = {.io = 1, .compute = 1, .inline_cost_max = std::chrono::milliseconds(1)};
  const BusyClock busy;
  EXPECT_TRUE(Make({}, options, busy).runners[0]);
}

TEST_F(PredictorTest, AModelThatTakesOnePictureARunPassesItsSelfTest) {
  const Loaded loaded = Make({.batch_max = 1}, {}, clock_);
  EXPECT_EQ(loaded.predictor->batch_max(), 1);
  EXPECT_GT(loaded.run_cost.count(), 0);
  EXPECT_FALSE(Predict(loaded, Grey(128)).error);
}

TEST_F(PredictorTest, AModelWhoseOutputIsNotFiniteFailsItsSelfTest) {
  const auto made =
      Assemble({.name = "fake"}, model::MakeFake({.non_finite = true}), {}, {}, clock_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message,
              HasSubstr("self-test: the model's output for this picture is not finite"));
}

TEST_F(PredictorTest, ScoresOfAnyKindBecomeADistribution) {
  const Answer expected = Predict(Make({}, {}, clock_), Grey(135));
  for (const auto kind : {model::ScoreKind::kLogProbabilities, model::ScoreKind::kLogits,
                          model::ScoreKind::kSigmoids}) {
    const Answer answer = Predict(Make({.scores = kind}, {}, clock_), Grey(135));
    ASSERT_FALSE(answer.error);
    EXPECT_EQ(answer.prediction.label, expected.prediction.label);
    EXPECT_LT(answer.prediction.raw_score, 0);  // the model's own
    for (std::size_t k = 0; k < 10; ++k) {
      const float p = answer.prediction.prediction[k];
      EXPECT_NEAR(p, expected.prediction.prediction[k], 1e-6);
      EXPECT_FLOAT_EQ(answer.prediction.uncertainty[k], p * (1 - p));
    }
  }
}

TEST_F(PredictorTest, AModelWhoseProbabilitiesDoNotSumToOneFailsItsSelfTest) {
  const auto made =
      Assemble({.name = "fake"}, model::MakeFake({.no_distribution = true}), {}, {}, clock_);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("probabilities with the sum 2.0"));
  EXPECT_THAT(made.error().message, HasSubstr("--scores"));
}

TEST_F(PredictorTest, AGuessAboutTheInputIsCalledOneUntilAFlagSettlesIt) {
  LoadOptions options;
  const Loaded guessed = Make({}, options, clock_);
  EXPECT_EQ(guessed.predictor->contract_state(), ContractState::kAssumed);
  EXPECT_THAT(guessed.predictor->assumed(), testing::ElementsAre(HasSubstr("--input-range")));
  options.overrides.range = *ParseRange("0..1");
  const Loaded said = Make({}, options, clock_);
  EXPECT_EQ(said.predictor->contract_state(), ContractState::kStated);
  EXPECT_TRUE(said.predictor->assumed().empty());
}

TEST_F(PredictorTest, WhatTheGraphOrTheTypeSaysIsNoGuess) {
  model::FakeOptions fake;
  fake.input.range = image::MakeRange("0..255", 0, 255);
  const Loaded read = Make(fake, {}, clock_);
  EXPECT_EQ(read.predictor->contract_state(), ContractState::kStated);
  EXPECT_EQ(read.predictor->contract().range.name, "0..255");
  fake.input.range_is_guess = true;
  EXPECT_EQ(Make(fake, {}, clock_).predictor->contract_state(), ContractState::kAssumed);
  fake.input.range.reset();
  fake.input.element = image::ElementType::kUint8;
  EXPECT_EQ(Make(fake, {}, clock_).predictor->contract_state(), ContractState::kStated);
}

TEST_F(PredictorTest, AModelThatFailsToRunFailsItsSelfTest) {
  const auto made =
      Assemble({.name = "fake"}, model::MakeFake({.run_error = "out of order"}), {}, {}, clock_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "self-test: out of order");
}

TEST_F(PredictorTest, LabelsMustBeAsManyAsClasses) {
  LoadOptions options;
  options.overrides.labels = {"cat", "dog"};
  const auto made = Assemble({.name = "fake"}, model::MakeFake({}), {}, options, clock_);
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

TEST(MakeContract, OnlyColoursHaveAnOrder) {
  model::InputSpec input{.name = "x", .height = 8, .width = 8, .channels = 3};
  ContractOverrides reversed;
  reversed.channel_order = image::ChannelOrder::kBgr;
  EXPECT_EQ(MakeContract(input, reversed)->channel_order, image::ChannelOrder::kBgr);
  input.channels = 1;
  EXPECT_FALSE(MakeContract(input, reversed));
}

}  // namespace
}  // namespace credence::predictor
