#include "calibration/calibrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "calibration/evaluate.h"
#include "calibration/keep.h"
#include "calibration/pictures.h"
#include "calibration/save.h"
#include "calibration/test_grey_world.h"
#include "predictor/profile_file.h"
#include "predictor/similar.h"

namespace credence::calibration {
namespace {

TEST_F(GreyWorld, TheSameFilesAndSeedGiveTheSameProfile) {
  const auto path = Write("a", 400);
  const auto first = Run(path, SmallFake());
  const auto second = Run(path, SmallFake());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(reliability::Serialize(first->profile), reliability::Serialize(second->profile));
}

TEST_F(GreyWorld, AModelThatAnswersAtRandomIsAskedSeveralTimes) {
  model::FakeOptions fake = SmallFake();
  fake.random = true;
  const auto done = Run(Write("a", 400), fake, {.samples = 3});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->profile.stochastic);
  EXPECT_EQ(done->profile.passes, 3u);
}

TEST_F(GreyWorld, SaysThatAModelThatAnswersAtRandomCostsSeveralPasses) {
  model::FakeOptions fake = SmallFake();
  fake.random = true;
  const auto done = Run(Write("a", 400), fake, {.samples = 3});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(done->warnings, testing::Contains(testing::HasSubstr("the mean of 3 passes")));
}

TEST_F(GreyWorld, SaysWhatAModelWithoutFeaturesLoses) {
  model::FakeOptions fake = SmallFake();
  fake.feature_size = 0;
  const auto done = Run(Write("a", 400), fake);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(done->profile.has_features());
  EXPECT_THAT(done->warnings, testing::Contains(testing::HasSubstr("judged by its pixels alone")));
}

TEST_F(GreyWorld, SaysWhatThreeHundredPicturesLose) {
  const auto done = Run(Write("a", 300), SmallFake());
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(done->warnings,
              testing::Contains(testing::HasSubstr("300 labelled images: the gain over")));
}

TEST_F(GreyWorld, SaysNothingIsLostWhereNothingIs) {
  const auto done = Run(Write("a", 1000), SmallFake());
  ASSERT_TRUE(done) << done.error().message;
  for (const char* loss : {"by its pixels alone", "probabilities only", "passes", "advised"}) {
    EXPECT_THAT(done->warnings, testing::Not(testing::Contains(testing::HasSubstr(loss))));
  }
}

// The fake, but all it gives are probabilities.
class ProbabilitiesOnly final : public model::Model {
 public:
  ProbabilitiesOnly() : inner_(model::MakeFake(SmallFake())), info_(inner_->info()) {
    info_.view->logit_source = model::LogitSource::kOutput;
  }
  const model::ModelInfo& info() const override { return info_; }
  int batch_max() const override { return inner_->batch_max(); }
  Result<std::unique_ptr<model::Session>> NewSession(int slot) const override {
    auto session = inner_->NewSession(slot);
    if (!session) return session.error();
    return std::unique_ptr<model::Session>(std::make_unique<Softmax>(*std::move(session)));
  }
  Result<std::unique_ptr<model::TensorSession>> NewTensorSession() const override {
    return inner_->NewTensorSession();
  }

 private:
  class Softmax final : public model::Session {
   public:
    explicit Softmax(std::unique_ptr<model::Session> inner) : inner_(std::move(inner)) {}
    std::span<std::byte> Input(int n) override { return inner_->Input(n); }
    Result<model::Outputs> Run(int n) override {
      auto outputs = inner_->Run(n);
      if (!outputs) return outputs;
      probabilities_.clear();
      for (std::size_t i = 0; i < outputs->logits.size(); i += kClasses) {
        const auto row = outputs->logits.subspan(i, kClasses);
        float sum = 0;
        for (const float z : row) sum += std::exp(z);
        for (const float z : row) probabilities_.push_back(std::exp(z) / sum);
      }
      outputs->scores = outputs->logits = probabilities_;
      return outputs;
    }

    void CopyOutputs(int i, std::vector<model::Tensor>& out) const override {
      inner_->CopyOutputs(i, out);
    }

   private:
    std::unique_ptr<model::Session> inner_;
    std::vector<float> probabilities_;
  };

  std::unique_ptr<model::Model> inner_;
  model::ModelInfo info_;
};

TEST_F(GreyWorld, SaysWhatAModelThatGivesProbabilitiesOnlyLoses) {
  const auto done = Calibrate(std::make_shared<ProbabilitiesOnly>(), Open(Write("a", 400)), {});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->profile.logit_rule, reliability::LogitRule::kLogProbability);
  EXPECT_THAT(done->warnings, testing::Contains(testing::HasSubstr("gives probabilities only")));
}

TEST_F(GreyWorld, RefusesFewerThanAHundredPictures) {
  const auto done = Run(Write("a", 99), SmallFake());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kInvalidArgument);
  EXPECT_THAT(done.error().message, testing::HasSubstr("99 labelled pictures"));
}

TEST_F(GreyWorld, RefusesALabelThatTheModelDoesNotHaveAndNamesTheRow) {
  std::vector<std::uint8_t> labels(120, 1);
  labels[17] = 4;
  const auto done =
      Run(WriteSet("a", std::vector<std::uint8_t>(120 * kPixels, 80), labels), SmallFake());
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, testing::HasSubstr("row 17: label 4"));
}

TEST_F(GreyWorld, SaysThatLabelsInAnotherOrderWouldBeRight) {
  std::vector<std::uint8_t> levels, labels;
  for (std::int64_t i = 0; i < 400; ++i) {
    const int k = static_cast<int>(i % kClasses);
    levels.insert(levels.end(), kPixels - 8, static_cast<std::uint8_t>(85 * k));
    levels.insert(levels.end(), 8, static_cast<std::uint8_t>(i % 256));
    labels.push_back(static_cast<std::uint8_t>((k + 1) % kClasses));
  }
  const auto done = Run(WriteSet("a", levels, labels), SmallFake());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(done.error().message,
              testing::HasSubstr("in another order it would be right for 100 %"));
  EXPECT_THAT(done.error().message, testing::HasSubstr("--labels FILE"));
}

TEST_F(GreyWorld, SaysThatAModelAlwaysGivesOneClass) {
  CalibrateOptions options;
  options.flags.range = *predictor::ParseRange("0..0.01");  // all is black to it
  const auto done = Run(Write("a", 400), SmallFake(), options);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, testing::HasSubstr("answers class 0 for 100 %"));
  EXPECT_THAT(done.error().message, testing::HasSubstr("trained on values 0..0.01?"));
}

TEST_F(GreyWorld, RefusesAModelThatDoesNotKnowTheLabels) {
  std::vector<std::uint8_t> levels, labels;
  for (int i = 0; i < 400; ++i) {
    levels.insert(levels.end(), kPixels, static_cast<std::uint8_t>(85 * (i % 4)));
    labels.push_back(static_cast<std::uint8_t>(i / 4 % 4));
  }
  const auto done = Run(WriteSet("a", levels, labels), SmallFake());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(done.error().message, testing::HasSubstr("does not predict these labels"));
}

TEST_F(GreyWorld, RefusesAModelWhoseOutputIsNotFinite) {
  model::FakeOptions fake = SmallFake();
  fake.non_finite = true;
  const auto done = Run(Write("a", 400), fake);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(done.error().message, testing::HasSubstr("not finite"));
}

TEST_F(GreyWorld, EvaluateMeasuresOtherPicturesAndNoticesForeignOnes) {
  const auto done = Run(Write("a", 1000), SmallFake());
  ASSERT_TRUE(done) << done.error().message;
  std::vector<std::uint8_t> stripes;
  for (std::int64_t j = 0; j < 100 * kPixels; ++j) stripes.push_back(j % 2 == 0 ? 0 : 255);
  std::vector<data::Dataset> foreign;
  foreign.push_back(Open(WriteSet("stripes", stripes, std::vector<std::uint8_t>(100, 0))));
  const auto evaluation = Measure(*done, Open(Write("b", 600)), foreign);
  ASSERT_TRUE(evaluation) << evaluation.error().message;
  EXPECT_EQ(evaluation->card.rows, 600u);
  EXPECT_GT(evaluation->card.accuracy.value, 0.9);
  EXPECT_FALSE(evaluation->calibration_data);
  ASSERT_EQ(evaluation->foreign.size(), 1u);
  EXPECT_EQ(evaluation->foreign[0].card.flagged_1.value, 1);
}

TEST_F(GreyWorld, EvaluateSaysWhenItIsGivenTheCalibrationData) {
  const auto path = Write("a", 400);
  const auto done = Run(path, SmallFake());
  ASSERT_TRUE(done);
  const auto evaluation = Measure(*done, Open(path), {});
  ASSERT_TRUE(evaluation);
  EXPECT_TRUE(evaluation->calibration_data);
}

// What the server says of such a picture; whatever the profile makes of it.
TEST_F(GreyWorld, EvaluateCallsABlankPictureUnfamiliar) {
  const auto done = Run(Write("a", 400), SmallFake());
  ASSERT_TRUE(done) << done.error().message;
  std::vector<std::uint8_t> levels(2 * kPixels, 0);
  levels[kPixels + kPixels / 2] = 255;  // the second has a dot on it
  predictor::LoadOptions options;
  options.overrides.framing = image::Framing::kObject;
  const auto evaluation = Measure(*done, Open(WriteSet("blank", levels, {0, 0})), {}, options);
  ASSERT_TRUE(evaluation) << evaluation.error().message;
  const Assessed& assessed = evaluation->assessed;
  EXPECT_THAT(assessed.reasons[0], testing::StartsWith("blank"));
  EXPECT_EQ(assessed.rows[0].verdict, reliability::Verdict::kUnfamiliar);
  EXPECT_THAT(assessed.reasons[1], testing::Not(testing::HasSubstr("blank")));
  EXPECT_GT(evaluation->card.unfamiliar.value, 0);
}

TEST_F(GreyWorld, BlankPicturesDoNotCountAsCalibrationPictures) {
  CalibrateOptions options;
  options.flags.framing = image::Framing::kObject;
  options.flags.background = 0;
  const auto done = Run(WriteSet("blank", std::vector<std::uint8_t>(120 * kPixels, 0),
                                 std::vector<std::uint8_t>(120, 1)),
                        SmallFake(), options);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kInvalidArgument);
  EXPECT_THAT(done.error().message, testing::HasSubstr("0 usable labelled pictures"));
}

TEST_F(GreyWorld, WhatIsSavedIsReadBack) {
  folder_.Write("v/saved_model.pb", "model");
  folder_.Write("v/assets.extra/credence/input.json",
                R"({"schema": 1, "fit": "contain", "labels": ["p", "q", "r", "s"]})");
  const auto version = folder_ / "v";
  CalibrateOptions options;
  options.version = *predictor::ReadInputJson(version);
  auto done = Run(Write("a", 400), SmallFake(), options);
  ASSERT_TRUE(done) << done.error().message;
  done->profile.provenance.model_files = *predictor::ModelFingerprint(version);
  ASSERT_TRUE(Save(version, *done));
  const auto profile = predictor::ReadProfile(version);
  ASSERT_TRUE(profile && *profile);
  EXPECT_EQ((*profile)->labels, (std::vector<std::string>{"p", "q", "r", "s"}));
  const auto input = predictor::ReadInputJson(version);
  ASSERT_TRUE(input) << input.error().message;
  EXPECT_EQ(input->fit, image::Fit::kContain);
  EXPECT_EQ(input->framing, image::Framing::kWhole);
  EXPECT_EQ(input->range->name, "0..1");
}

// A crash between the two files leaves this.
TEST_F(GreyWorld, AnInputJsonOfAnotherCalibrationChangesNothing) {
  folder_.Write("v/saved_model.pb", "model");
  const auto version = folder_ / "v";
  CalibrateOptions options;
  options.version.labels = {"p", "q", "r", "s"};
  auto done = Run(Write("a", 400), SmallFake(), options);
  ASSERT_TRUE(done) << done.error().message;
  done->profile.provenance.model_files = *predictor::ModelFingerprint(version);
  ASSERT_TRUE(Save(version, *done));
  folder_.Write("v/assets.extra/credence/input.json",
                R"({"schema": 1, "fit": "contain", "range": "0..255", "background": 255,
                    "framing": "object", "labels": ["a", "b", "c", "d"]})");
  const auto profile = predictor::ReadProfile(version);
  ASSERT_TRUE(profile);
  const auto input = predictor::VersionInput(version, *profile);
  ASSERT_TRUE(input) << input.error().message;
  EXPECT_EQ(input->framing, image::Framing::kWhole);
  EXPECT_EQ(input->background, std::nullopt);
  EXPECT_EQ(input->range, std::nullopt);
  EXPECT_EQ(input->labels, (std::vector<std::string>{"p", "q", "r", "s"}));
  EXPECT_EQ(input->fit, image::Fit::kContain);  // not calibration's
}

TEST_F(GreyWorld, KeepsThePicturesOfTheBankInItsOrder) {
  const auto done = Run(Write("a", 400), SmallFake());
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->known.size(), done->profile.bank_label.size());
  EXPECT_EQ(done->known.label, done->profile.bank_label);
  EXPECT_EQ(done->known.place.back(), std::ssize(done->profile.bank_label) - 1);
}

TEST(ChooseKnownPictures, SpacesOutWhatDoesNotFit) {
  Pictures pictures;
  pictures.shape = {.height = 32, .width = 32, .channels = 1};
  Random random(1, 2);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < 2000; ++i) {  // noise, which no PNG makes smaller
    for (std::size_t j = 0; j < pictures.shape.size(); ++j) {
      pictures.levels.push_back(static_cast<std::uint8_t>(256 * random.Uniform()));
    }
    pictures.labels.push_back(static_cast<std::int32_t>(i / 1000));  // sorted by class
    rows.push_back(i);
  }
  const auto known = ChooseKnownPictures(pictures, rows, 0, 4);
  EXPECT_GT(known.size(), 500u);
  EXPECT_LT(known.size(), 1000u);
  EXPECT_EQ(std::count(known.label.begin(), known.label.end(), 1), std::ssize(known.label) / 2);
  const std::filesystem::path version = testing::TempDir() + "known_pictures_size";
  ASSERT_TRUE(predictor::WriteKnownPictures(version, known));
  ASSERT_TRUE(predictor::SettleKnownPictures(version));
  EXPECT_TRUE(predictor::ReadKnownPictures(version, ""));
  std::filesystem::remove_all(version.string() + ".credence");
}

TEST_F(GreyWorld, TellsHowFarTheDamagedCopiesAre) {
  std::vector<std::size_t> told;
  CalibrateOptions options;
  options.progress = [&](std::string_view what, std::size_t done, std::size_t all) {
    if (what == "running damaged copies") {
      EXPECT_EQ(all, 1000u);
      told.push_back(done);
    }
  };
  ASSERT_TRUE(Run(Write("a", 400), SmallFake(), options));
  EXPECT_EQ(told, (std::vector<std::size_t>{250, 500, 750, 1000}));
}

TEST_F(GreyWorld, PicturesThatFillTheirFrameAreTakenWhole) {
  const auto learned = LearnFraming(Open(Write("a", 200)), 1, {});
  ASSERT_TRUE(learned);
  EXPECT_EQ(learned->framing, image::Framing::kWhole);
  EXPECT_EQ(learned->background, std::nullopt);
}

}  // namespace
}  // namespace credence::calibration
