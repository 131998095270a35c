#include "train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/test_folder.h"
#include "train/saved_model_writer.h"
#include "train/train_test_data.h"

namespace credence::train {
namespace {

class TrainerTest : public testing::Test {
 protected:
  Result<Trained> Fit(const TrainerOptions& options, int epochs = 4) {
    recipe_.epochs = epochs;
    const auto spec = PlanNet(recipe_, examples_.shape, 3);
    const auto split = data::HoldOutRows(examples_.labels, {.share = 0.2});
    return Train(examples_, split, *spec, recipe_, options, SystemClock());
  }
  TrainerOptions Options(std::uint64_t seed, const std::filesystem::path& file = {}) const {
    TrainerOptions options;
    options.seed = seed;
    options.checkpoint = file;
    return options;
  }
  std::filesystem::path checkpoint() const { return folder_ / "checkpoint"; }

  Examples examples_ = Halves(150);
  Recipe recipe_ = [] {
    Recipe recipe = *RecipeNamed("default");
    recipe.batch = 16;
    recipe.augmentation = {
        .rotate_deg = 5, .shift_px = 0.5, .elastic_px = 0.4, .thickness_px = 0.3, .gamma = 0.1};
    return recipe;
  }();
  TestFolder folder_;
};

TEST_F(TrainerTest, LearnsWhichHalfIsBright) {
  const auto trained = Fit({}, 8);
  ASSERT_TRUE(trained);
  EXPECT_GT(trained->validation.accuracy, 0.95);
  EXPECT_EQ(trained->epochs.size(), 8u);
}

TEST_F(TrainerTest, FrozenNetworkAnswersAsTheTrainedOne) {
  const auto trained = Fit({});
  ASSERT_TRUE(trained);
  const auto split = data::HoldOutRows(examples_.labels, {.share = 0.2});
  Examples held{.shape = examples_.shape,
                .levels = {},
                .labels = {},
                .classes = examples_.classes,
                .source = {},
                .sha256 = {}};
  for (const std::int64_t row : split.held_out) {
    const auto* levels = examples_.levels.data() + row * examples_.shape.size();
    held.levels.insert(held.levels.end(), levels, levels + examples_.shape.size());
    held.labels.push_back(examples_.labels[static_cast<std::size_t>(row)]);
  }
  const auto quality = Evaluate(trained->net, held);
  ASSERT_TRUE(quality);
  EXPECT_NEAR(quality->loss, trained->validation.loss, 1e-5);
}

TEST_F(TrainerTest, SameSeedGivesTheSameBytes) {
  const auto first = Fit(Options(7), 2), second = Fit(Options(7), 2), other = Fit(Options(8), 2);
  const auto bytes = [](const auto& trained) {
    return EncodeSavedModel(trained->net, InputElement::kFloat32);
  };
  EXPECT_EQ(bytes(first), bytes(second));
  EXPECT_NE(bytes(first), bytes(other));
}

TEST_F(TrainerTest, ResumedRunIsTheUninterruptedOne) {
  const auto whole = Fit(Options(5));
  std::atomic<bool> stop = false;
  TrainerOptions options = Options(5, checkpoint());
  options.stop = &stop;
  options.on_epoch = [&](const EpochRecord& epoch) { stop = epoch.epoch == 2; };
  const auto stopped = Fit(options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::kUnavailable);
  options.stop = nullptr;
  options.resume = true;
  const auto resumed = Fit(options);
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_EQ(EncodeSavedModel(whole->net, InputElement::kFloat32),
            EncodeSavedModel(resumed->net, InputElement::kFloat32));
}

TEST_F(TrainerTest, RefusesACheckpointOfAnotherRun) {
  ASSERT_TRUE(Fit(Options(5, checkpoint()), 1));
  TrainerOptions options = Options(6, checkpoint());
  options.resume = true;
  const auto resumed = Fit(options, 1);
  ASSERT_FALSE(resumed);
  EXPECT_EQ(resumed.error().code, Code::kFailedPrecondition);
}

TEST_F(TrainerTest, StopsWhenTheLossIsNotFinite) {
  recipe_.learning_rate = 1e30;
  recipe_.schedule = Schedule::kConstant;
  recipe_.optimiser = Optimiser::kAdam;
  const auto trained = Fit({});
  ASSERT_FALSE(trained);
  EXPECT_EQ(trained.error().code, Code::kFailedPrecondition);
  EXPECT_NE(trained.error().message.find("no longer a finite number"), std::string::npos);
}

TEST_F(TrainerTest, KeepsTheLastGoodEpochWhenTheLossIsNotFinite) {
  const auto whole = Fit(Options(5), 3);
  const double rate = recipe_.learning_rate;
  TrainerOptions options = Options(5, checkpoint());
  options.on_epoch = [&](const EpochRecord&) { recipe_.learning_rate = 1e30; };
  const auto failed = Fit(options, 3);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("checkpoint holds epoch 1"), std::string::npos);
  recipe_.learning_rate = rate;
  options.on_epoch = nullptr;
  options.resume = true;
  const auto resumed = Fit(options, 3);
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_EQ(EncodeSavedModel(whole->net, InputElement::kFloat32),
            EncodeSavedModel(resumed->net, InputElement::kFloat32));
}

TEST_F(TrainerTest, StopsEarlyWhenPatienceRunsOut) {
  recipe_.learning_rate = 1e-12;  // nothing is learnt
  recipe_.schedule = Schedule::kConstant;
  recipe_.weight_decay = 0;
  recipe_.patience_epochs = 1;
  const auto trained = Fit({}, 50);
  ASSERT_TRUE(trained);
  EXPECT_TRUE(trained->stopped_early);
}

}  // namespace
}  // namespace credence::train
