#include "predictor/golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "model/fake/fake_model.h"
#include "predictor/load.h"
#include "predictor/profile_file.h"
#include "reliability/testing.h"

namespace credence::predictor {
namespace {

using testing::HasSubstr;

constexpr char kSeal[] = "abc";

class GoldenTest : public testing::Test {
 protected:
  Loaded Make(bool profile = true, const LoadOptions& options = {}, bool random = false) {
    model::FakeOptions fake;
    fake.input.height = fake.input.width = 8;
    fake.classes = 3;
    fake.feature_size = 4;
    fake.random = random;
    std::optional<reliability::Profile> fitted;
    if (profile) fitted = reliability::SmallProfile();
    if (profile && random) fitted->stochastic = true, fitted->passes = 10;
    Kept kept;
    kept.profile = std::move(fitted);
    auto made = Assemble({.name = "fake"}, model::MakeFake(fake), std::move(kept), options, clock_);
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
  }
  // Grey pictures, of which the fake knows the class.
  static std::vector<image::Pixels> Greys() {
    std::vector<image::Pixels> all;
    for (int level = 0; level < 256; level += 5) {
      all.emplace_back().Reshape(8, 8, 1);
      std::fill(all.back().data.begin(), all.back().data.end(), static_cast<std::uint8_t>(level));
    }
    return all;
  }
  Golden Made(bool random = false) {
    const Loaded loaded = Make(true, {}, random);
    auto golden = MakeGolden(*loaded.predictor, loaded.last(), Greys());
    EXPECT_TRUE(golden) << golden.error().message;
    golden->profile = kSeal;
    return *golden;
  }
  static std::string Refusal(const Loaded& loaded, const Golden& golden, bool bf16 = false) {
    const auto ran =
        RunGolden(*loaded.predictor, loaded.last(), golden, {.profile_seal = kSeal, .bf16 = bf16});
    return ran ? "" : ran.error().message;
  }
  SystemClock clock_;
};

TEST_F(GoldenTest, TheSameVersionAnswersAsRecorded) {
  const Golden golden = Made();
  EXPECT_EQ(golden.inputs.size(), kGoldenMax);
  std::set<int> classes;
  for (const GoldenInput& input : golden.inputs) classes.insert(input.label);
  EXPECT_EQ(classes, (std::set<int>{0, 1, 2}));
  EXPECT_EQ(Refusal(Make(), golden), "");
}

TEST_F(GoldenTest, ATamperedAnswerIsNamed) {
  const Golden golden = Made();
  Golden tampered = golden;
  tampered.inputs[3].label = (golden.inputs[3].label + 1) % 3;
  EXPECT_THAT(Refusal(Make(), tampered), HasSubstr("golden.inputs: input 3: class: expected"));
  tampered = golden;
  tampered.inputs[1].raw_score -= 0.01f;
  EXPECT_THAT(Refusal(Make(), tampered), HasSubstr("input 1: raw score: expected"));
  EXPECT_THAT(Refusal(Make(), tampered), HasSubstr("; the limit is 0.001"));
  tampered = golden;
  tampered.inputs[2].prediction[1] += 0.01f;
  EXPECT_THAT(Refusal(Make(), tampered), HasSubstr("input 2: probability of class 1"));
  tampered = golden;
  tampered.inputs[0].familiarity += 0.02f;
  EXPECT_THAT(Refusal(Make(), tampered), HasSubstr("input 0: familiarity"));
  tampered = golden;
  tampered.inputs[0].verdict = "unassessed";
  EXPECT_THAT(Refusal(Make(), tampered), HasSubstr("input 0: verdict: expected unassessed"));
}

TEST_F(GoldenTest, AnotherValueRangeIsNoticed) {
  LoadOptions options;
  options.overrides.range = *ParseRange("0..255");
  EXPECT_THAT(Refusal(Make(true, options), Made()), HasSubstr("golden.inputs: input"));
}

TEST_F(GoldenTest, WithoutAProfileTheModelItselfIsHeldToIt) {
  Golden golden = Made();
  golden.inputs[0].familiarity = 0.5f;  // not compared
  EXPECT_EQ(Refusal(Make(false), golden), "");
  golden.inputs[0].raw_score -= 0.01f;
  EXPECT_THAT(Refusal(Make(false), golden), HasSubstr("input 0: raw score"));
}

TEST_F(GoldenTest, Bfloat16MayRound) {
  Golden golden = Made();
  golden.inputs[0].raw_score -= 0.01f;
  golden.inputs[0].familiarity += 0.02f;
  EXPECT_EQ(Refusal(Make(), golden, true), "");
}

TEST_F(GoldenTest, AModelThatAnswersAtRandomIsHeldToWhatIsSure) {
  Golden golden = Made(true);
  ASSERT_FALSE(golden.inputs.empty());
  EXPECT_TRUE(golden.random);
  EXPECT_EQ(Refusal(Make(true, {}, true), golden), "");
  golden.inputs[0].raw_score -= 0.4f;
  EXPECT_THAT(Refusal(Make(true, {}, true), golden), HasSubstr("input 0: raw score"));
}

TEST_F(GoldenTest, AnotherProfileOrSizeIsRefused) {
  Golden golden = Made();
  golden.profile = "def";
  EXPECT_THAT(Refusal(Make(), golden), HasSubstr("made with another profile"));
  golden = Made();
  golden.inputs[0].png = {1, 2, 3};
  EXPECT_THAT(Refusal(Make(), golden), HasSubstr("input 0"));
  golden = Made();
  golden.inputs[0].prediction.pop_back();
  EXPECT_THAT(Refusal(Make(), golden), HasSubstr("input 0 has 2 classes, the model 3"));
}

TEST_F(GoldenTest, IsReadAsWritten) {
  const std::filesystem::path version = testing::TempDir() + "golden_test";
  std::filesystem::create_directories(version);
  EXPECT_FALSE((*ReadGolden(version, "")).has_value());
  const Golden golden = Made();
  ASSERT_TRUE(WriteGolden(version, golden));
  EXPECT_FALSE((*ReadGolden(version, "")).has_value()) << "it counts before it is settled";
  ASSERT_TRUE(SettleGolden(version));
  const auto read = ReadGolden(version, "");
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->profile, kSeal);
  EXPECT_EQ(Refusal(Make(), **read), "");
  ASSERT_TRUE(WriteGolden(version, Golden{}));
  ASSERT_TRUE(SettleGolden(version));
  EXPECT_FALSE((*ReadGolden(version, "")).has_value()) << "none are to be there";
  EXPECT_TRUE(std::filesystem::is_empty(AssetsOf(version)));
  std::filesystem::remove_all(version);
}

}  // namespace
}  // namespace credence::predictor
