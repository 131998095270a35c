// The loader's rounds with real folders, a fake engine and a clock that stands still.
#include "serving/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "base/test_folder.h"
#include "base/test_no_descriptors.h"
#include "model/fake/fake_model.h"

namespace credence::serving {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Loads a fake model for every file but for those that begin with "bad".
class FakeEngine final : public model::Engine {
 public:
  Result<std::unique_ptr<model::Model>> Load(const fs::path& path,
                                             const model::LoadOptions&) const override {
    std::string text;
    std::ifstream(path) >> text;
    if (text.starts_with("bad")) return Error{Code::kInternal, "the model is " + text};
    auto loads = loads_.lock();
    loads->push_back(path.parent_path().filename().string());
    return model::MakeFake({});
  }
  std::vector<std::string> loads() const {  // versions, in their order
    auto loads = loads_.lock();
    return *loads;
  }

 private:
  mutable Guarded<std::vector<std::string>> loads_;
};

class LifecycleTest : public testing::Test {
 protected:
  void Write(const std::string& version, const std::string& text = "good") {
    folder_.Write(version + "/m.onnx", text);
  }
  void Make(const std::string& policy = "latest", RepositoryOptions options = {}) {
    options.models = folder_.path();
    options.versions = *ParseVersionPolicy(policy);
    life_.emplace(options, engine_, clock_, log_, metrics_);
  }
  // Rounds of the loader, with the time between them, until files that were just written are
  // loaded.
  void Settle() {
    for (int i = 0; i < 4; ++i) {
      life_->Tick({});
      clock_.Advance(1s);
    }
  }
  // "name: 3 serving, 2 refused (why)" of each predictor.
  std::vector<std::string> States() {
    std::vector<std::string> lines;
    const CatalogPtr catalog = life_->published().Get();
    for (const ServedPredictor& one : catalog->predictors()) {
      std::string line = one.name + ":";
      for (const ServedVersion& version : one.versions) {
        line += " " + std::to_string(version.number) + " " + std::string(StateWord(version));
        if (!version.error.empty()) line += " (" + version.error + ")";
      }
      lines.push_back(line);
    }
    return lines;
  }
  // The number of the version that answers; 0: none.
  std::int64_t Answers(std::optional<std::int64_t> number = {}) {
    const auto found = life_->published().Get()->Find("digits", number);
    return found ? (*found)->predictor().version() : 0;
  }
  std::int64_t AnswersTo(std::string_view label) {
    const auto found = life_->published().Get()->Find("digits", std::nullopt, label);
    return found ? (*found)->predictor().version() : 0;
  }

  TestFolder folder_;
  FakeEngine engine_;
  FakeClock clock_;
  SystemClock real_clock_;
  Log log_{LogFormat::kText, LogLevel::kError};
  metrics::Metrics metrics_{"test", "fake"};
  std::optional<Lifecycle> life_;
};

TEST_F(LifecycleTest, ANewVersionIsServedAndTheOldOneGoes) {
  Write("digits/1");
  Make();
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 1 serving"));
  Write("digits/2");
  life_->Tick({});
  EXPECT_EQ(Answers(), 1);
  EXPECT_THAT(States(), ElementsAre("digits: 2 waiting 1 serving"));
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 unloaded"));
}

TEST_F(LifecycleTest, WithoutDescriptorsNothingIsTakenForDeleted) {
  Write("digits/1");
  Write("digits/2");
  Make();
  Settle();
  const std::vector<std::string> before = States();
  SteadyTime next;
  {
    const NoDescriptors lacking;
    clock_.Advance(1h);
    next = life_->Tick({});
  }
  EXPECT_LE(next, clock_.Now() + 1s);  // it looks again soon
  EXPECT_EQ(States(), before);
  EXPECT_TRUE(life_->Reload("digits", std::nullopt));
}

TEST_F(LifecycleTest, FilesThatKeepChangingAreNotLoaded) {
  Make();
  for (int i = 1; i < 5; ++i) {
    Write("digits/1", std::string(static_cast<std::size_t>(i), 'x'));
    life_->Tick({});
    clock_.Advance(1s);
    EXPECT_THAT(engine_.loads(), IsEmpty()) << i;
  }
  life_->Tick({});
  EXPECT_THAT(engine_.loads(), ElementsAre("1"));
}

TEST_F(LifecycleTest, ABrokenVersionIsRefusedAndTriedAgainWhenItsFilesChange) {
  Write("digits/1");
  Write("digits/2", "bad");
  Make();
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 refused (the model is bad) 1 serving"));
  EXPECT_TRUE(life_->published().Get()->Ready(ReadyWhen::kAll).error().message ==
              "loading");  // no Start
  Settle();
  EXPECT_THAT(engine_.loads(), ElementsAre("1"));
  Write("digits/2", "mended");
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 unloaded"));
}

TEST_F(LifecycleTest, AChangedVersionIsLoadedAnewAndARefusedChangeLeavesItServing) {
  Write("digits/1");
  Make();
  Settle();
  const auto before = *life_->published().Get()->Find("digits", 1);
  Write("digits/1", "better");
  Settle();
  const auto after = *life_->published().Get()->Find("digits", 1);
  EXPECT_NE(before, after);
  EXPECT_THAT(engine_.loads(), ElementsAre("1", "1"));
  Write("digits/1", "bad_now");
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 1 serving (the model is bad_now)"));
  EXPECT_EQ(*life_->published().Get()->Find("digits", 1), after);
}

TEST_F(LifecycleTest, ACalibrationIsNoticed) {
  Write("digits/1");
  Make();
  Settle();
  folder_.Write("digits/1/m.onnx.credence/input.json", R"({"background": "white"})");
  Settle();
  EXPECT_EQ((*life_->published().Get()->Find("digits", 1))->predictor().contract().background, 255);
}

TEST_F(LifecycleTest, WhenTheRepositoryVanishesEverythingServesOn) {
  Write("digits/1");
  Write("digits/2");
  Make("all");
  Settle();
  fs::rename(folder_ / "digits", folder_ / ".away");
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 serving"));
  fs::rename(folder_ / ".away", folder_ / "digits");
  Settle();
  EXPECT_THAT(engine_.loads().size(), 2u);  // the files are the same
  fs::remove_all(folder_ / "digits/2");
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 1 serving"));
}

TEST_F(LifecycleTest, TheLoaderFreesWhatTheLastRequestLetGo) {
  Write("digits/1");
  Make();
  Settle();
  auto pin = *life_->published().Get()->Find("digits", 1);
  const std::weak_ptr<const Version> watch = pin;
  Write("digits/2");
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 unloading"));
  pin.reset();
  EXPECT_FALSE(watch.expired());  // the request freed nothing
  life_->Tick({});
  EXPECT_TRUE(watch.expired());
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 unloaded"));
}

TEST_F(LifecycleTest, LabelsFollowPredictorJson) {
  Write("digits/1");
  Write("digits/2");
  folder_.Write("digits/predictor.json", R"({"labels": {"stable": 1}})");
  Make();
  Settle();
  EXPECT_EQ(AnswersTo("stable"), 1);
  EXPECT_EQ(Answers(2), 2);
  EXPECT_EQ(Answers(), 1);  // stable answers when nothing is named
  folder_.Write("digits/predictor.json", R"({"labels": {"stable": 1}, "lables": {}})");
  Settle();
  EXPECT_EQ(AnswersTo("stable"), 1);  // the last good one
  folder_.Write("digits/predictor.json", R"({"labels": {"stable": 2}})");
  Settle();
  EXPECT_EQ(AnswersTo("stable"), 2);
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 unloaded"));
  fs::remove(folder_ / "digits/predictor.json");
  Settle();
  EXPECT_EQ(AnswersTo("stable"), 0);
}

TEST_F(LifecycleTest, LabelsByFlagAndByOperator) {
  Write("digits/1");
  Write("digits/2");
  Make("latest", {.labels = {{"digits", "old", 1}}});
  Settle();
  EXPECT_EQ(AnswersTo("old"), 1);
  ASSERT_TRUE(life_->SetLabel("digits", "stable", 1));
  EXPECT_EQ(AnswersTo("stable"), 1);
  ASSERT_TRUE(life_->SetLabel("digits", "stable", 2));
  EXPECT_EQ(AnswersTo("stable"), 2);
  EXPECT_EQ(life_->SetLabel("digits", "stable", 3).error().code, Code::kNotFound);
  EXPECT_EQ(life_->SetLabel("x", "stable", 1).error().code, Code::kNotFound);
  EXPECT_EQ(life_->SetLabel("digits", "7", 1).error().code, Code::kInvalidArgument);
  EXPECT_THAT(life_->Unload("digits", 2).error().message,
              HasSubstr("label \"stable\" points to version 2 of \"digits\""));
  ASSERT_TRUE(life_->RemoveLabel("digits", "stable"));
  EXPECT_EQ(AnswersTo("stable"), 0);
  EXPECT_EQ(life_->RemoveLabel("digits", "stable").error().code, Code::kNotFound);
}

TEST_F(LifecycleTest, AnOperatorLoadsUnloadsAndReloads) {
  Write("digits/1");
  Write("digits/2");
  Make();
  Settle();
  EXPECT_EQ(life_->Load("digits", 3).error().code, Code::kNotFound);
  EXPECT_EQ(life_->Unload("digits", 1).error().code, Code::kFailedPrecondition);
  ASSERT_TRUE(life_->Load("digits", 1));
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 serving"));
  EXPECT_EQ(life_->SetLabel("digits", "stable", 1).ok(), true);
  ASSERT_TRUE(life_->Reload("digits", 2));
  Settle();
  EXPECT_THAT(engine_.loads(), ElementsAre("2", "1", "2"));
  ASSERT_TRUE(life_->Unload("digits", 2));
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 unloaded 1 serving"));
  ASSERT_TRUE(life_->Load("digits", 2));
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 serving"));
}

TEST_F(LifecycleTest, AReloadOfAVersionThatIsAboutToGoKeepsIt) {
  Write("digits/1");
  Make();
  Settle();
  ASSERT_TRUE(life_->Unload("digits", 1));
  ASSERT_TRUE(life_->Reload("digits", 1));  // it serves still, so clients reload instead of loading
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 1 serving"));
  EXPECT_EQ(life_->Settled("digits", 1).ok(), true);
  EXPECT_THAT(engine_.loads(), ElementsAre("1", "1"));
  ASSERT_TRUE(life_->Unload("digits", 1));
  EXPECT_FALSE(life_->Reload("digits", std::nullopt));  // of what is to serve
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 1 unloaded"));
}

TEST_F(LifecycleTest, AnOperatorsLoadLooksAtTheDisk) {
  Write("digits/2");
  Make("latest", {.poll = 0ms});
  Settle();
  Write("digits/1");
  ASSERT_TRUE(life_->Load("digits", 1));  // not known before
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 serving"));
}

TEST_F(LifecycleTest, WithoutPollingNothingIsNoticedByItself) {
  Write("digits/1");
  Make("latest", {.poll = 0ms});
  Settle();
  Write("digits/2");
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 1 serving"));
}

// With the real clock and the loader's thread.
class Started : public LifecycleTest {
 protected:
  Result<void> Start(RepositoryOptions options = {}, const std::string& policy = "latest") {
    options.models = options.models.empty() ? folder_.path() : options.models;
    options.versions = *ParseVersionPolicy(policy);
    options.settle = 10ms;
    options.start_wait = 10s;
    life_.emplace(options, engine_, real_clock_, log_, metrics_);
    // Shared: the loader may still be in set_value when the result is there.
    const auto started = std::make_shared<std::promise<Result<void>>>();
    life_->Start([started](Result<void> result) { started->set_value(std::move(result)); });
    return started->get_future().get();
  }
};

TEST_F(Started, LoadsWhatIsThereAndIsReady) {
  Write("digits/1");
  Write("letters/1");
  const auto started = Start();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_THAT(States(), ElementsAre("digits: 1 serving", "letters: 1 serving"));
  EXPECT_TRUE(life_->published().Get()->Ready(ReadyWhen::kAll));
}

TEST_F(Started, NothingToServeIsAnError) {
  EXPECT_THAT(Start().error().message, HasSubstr("holds no model"));
  Write("digits/1", "bad");
  EXPECT_EQ(Start().error().message, "digits: the model is bad");
  EXPECT_THAT(Start({}, "7").error().message, HasSubstr("is one that --versions asks for"));
  EXPECT_THAT(Start({.models = folder_ / "nowhere", .wait_for_models = true}).error().message,
              HasSubstr("there is no "));
  Write("letters/1");
  EXPECT_THAT(Start({.default_name = "words"}).error().message,
              HasSubstr("the default predictor \"words\" is not in"));
}

TEST_F(Started, AnEmptyRepositoryIsWaitedForWhenAsked) {
  ASSERT_TRUE(Start({.poll = 10ms, .wait_for_models = true}));
  EXPECT_FALSE(life_->published().Get()->Ready(ReadyWhen::kDefault));
  Write("digits/1");
  const SteadyTime limit = real_clock_.Now() + 30s;
  while (!life_->published().Get()->Ready(ReadyWhen::kDefault) && real_clock_.Now() < limit) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(life_->published().Get()->Ready(ReadyWhen::kDefault));
}

TEST_F(Started, APokeIsEnoughWithoutPolling) {
  Write("digits/1");
  ASSERT_TRUE(Start({.poll = 0ms}));
  Write("digits/2");
  life_->Poke();
  const SteadyTime limit = real_clock_.Now() + 30s;
  while (Answers() != 2 && real_clock_.Now() < limit) std::this_thread::yield();
  EXPECT_EQ(Answers(), 2);
}

TEST_F(Started, AStopBeginsNoMoreLoads) {
  for (int i = 1; i < 10; ++i) Write("p" + std::to_string(i) + "/1");
  RepositoryOptions options;
  options.models = folder_.path();
  life_.emplace(options, engine_, real_clock_, log_, metrics_);
  life_->Start([](Result<void>) {});
  life_->Stop();  // files of now are not loaded before half a second is over
  EXPECT_THAT(engine_.loads(), IsEmpty());
}

TEST_F(LifecycleTest, ANewConfigurationReplacesWhatIsServed) {
  Write("digits/1");
  Write("digits/2");
  Write("signs/1");
  Write("letters/1");
  const auto source = [&](const std::string& name) {
    return ModelSource{name, folder_.path() / name};
  };
  Make("latest", {.sources = {source("digits"), source("signs")}});
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 unloaded", "signs: 1 serving"));

  ModelSource digits = source("digits");
  digits.versions = *ParseVersionPolicy("1,2");
  ASSERT_TRUE(
      life_->Configure({.sources = {digits, source("letters")}, .labels = {{"digits", "old", 1}}}));
  EXPECT_EQ(Answers(), 2);  // it serves on
  EXPECT_FALSE(*life_->Settled("letters"));
  EXPECT_EQ(life_->Settled("signs").error().code, Code::kNotFound);
  Settle();
  EXPECT_THAT(States(), ElementsAre("digits: 2 serving 1 serving", "letters: 1 serving"));
  EXPECT_TRUE(*life_->Settled("letters"));
  EXPECT_EQ(AnswersTo("old"), 1);
}

TEST_F(LifecycleTest, AConfigurationThatMovesALabelToNowhereChangesNothing) {
  Write("digits/1");
  const Configuration configured{.sources = {{"digits", folder_.path() / "digits"}},
                                 .labels = {{"digits", "stable", 1}}};
  Make("latest", {.sources = configured.sources, .labels = configured.labels});
  Settle();
  Configuration wanted = configured;
  wanted.labels[0].version = 9;
  const auto refused = life_->Configure(wanted);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(refused.error().message,
            "Request to assign label to version 9 of model digits, which is not currently "
            "available for inference");
  EXPECT_EQ(AnswersTo("stable"), 1);
}

TEST_F(LifecycleTest, AConfigurationThatFailsSaysWhy) {
  Write("digits/1");
  Write("signs/1", "bad");
  Make("latest", {.sources = {{"digits", folder_.path() / "digits"}}});
  Settle();
  ASSERT_TRUE(life_->Configure(
      {.sources = {{"digits", folder_.path() / "digits"}, {"signs", folder_.path() / "signs"}}}));
  Settle();
  EXPECT_EQ(life_->Settled("signs").error().message, "the model is bad");
}

// Two folders may hold the same version, copied with its times.
TEST_F(LifecycleTest, AVersionThatLiesElsewhereIsLoadedAnew) {
  Write("here/1");
  fs::copy(folder_.path() / "here", folder_.path() / "there", fs::copy_options::recursive);
  fs::last_write_time(folder_.path() / "there/1/m.onnx",
                      fs::last_write_time(folder_.path() / "here/1/m.onnx"));
  Make("latest", {.sources = {{"digits", folder_.path() / "here"}}});
  Settle();
  ASSERT_EQ(engine_.loads().size(), 1U);
  ASSERT_TRUE(life_->Configure({.sources = {{"digits", folder_.path() / "there"}}}));
  EXPECT_EQ(Answers(), 1);
  Settle();
  EXPECT_EQ(engine_.loads().size(), 2U);
}

}  // namespace
}  // namespace credence::serving
