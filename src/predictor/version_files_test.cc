#include "predictor/version_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace credence::predictor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class VersionFiles : public testing::Test {
 protected:
  VersionFiles() : version_(testing::TempDir() + "version_files_test") {
    std::filesystem::create_directories(version_ / "assets.extra" / "credence");
  }
  ~VersionFiles() override { std::filesystem::remove_all(version_); }
  Result<ContractOverrides> Read(const std::string& text) {
    std::ofstream(version_ / "assets.extra" / "credence" / "input.json") << text;
    return ReadInputJson(version_);
  }
  const std::filesystem::path version_;
};

TEST(ParseRange, GivesScaleAndOffsetOfALevel) {
  const auto range = ParseRange("-1..1");
  ASSERT_TRUE(range);
  EXPECT_FLOAT_EQ(range->scale[0], 2.0f / 255);
  EXPECT_FLOAT_EQ(range->offset[0], -1);
}

TEST(ParseRange, RefusesWhatIsNoRange) {
  for (const char* text : {"", "1", "0-1", "a..b", "1..1", "0..1x"}) {
    EXPECT_FALSE(ParseRange(text)) << text;
  }
}

TEST(ParseInputSize, TakesSidesAndChannelsOnEitherEnd) {
  EXPECT_EQ(*ParseInputSize("28x30"), (model::InputSize{.height = 28, .width = 30}));
  EXPECT_EQ(*ParseInputSize("32x30x3"),
            (model::InputSize{.height = 32, .width = 30, .channels = 3}));
  EXPECT_EQ(
      *ParseInputSize("3x32x30"),
      (model::InputSize{.height = 32, .width = 30, .channels = 3, .layout = image::Layout::kNchw}));
  for (const char* text : {"", "28", "28x", "x28", "28x0", "28*28", "28x28x4", "1x2x3x4", "a"}) {
    EXPECT_FALSE(ParseInputSize(text)) << text;
  }
}

TEST(ParseScores, TakesTheirNames) {
  EXPECT_EQ(*ParseScores("log-probabilities"), model::ScoreKind::kLogProbabilities);
  EXPECT_EQ(*ParseScores("sigmoids"), model::ScoreKind::kSigmoids);
  EXPECT_FALSE(ParseScores("softmax"));
}

TEST_F(VersionFiles, SayWhatTheModelIsLoadedWith) {
  const auto read = Read(R"({"channel_order": "bgr", "input_size": "3x32x32", "scores": "logits",
                             "signature": "classify"})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->channel_order, image::ChannelOrder::kBgr);
  EXPECT_EQ(read->input_size->layout, image::Layout::kNchw);
  EXPECT_EQ(read->scores, model::ScoreKind::kLogits);
  EXPECT_EQ(read->signature, "classify");
  const auto under = Merge({}, *read);
  EXPECT_EQ(under.signature, "classify");
  EXPECT_EQ(under.input_size, read->input_size);
}

TEST(ParseBackground, TakesNamesAndLevels) {
  EXPECT_EQ(*ParseBackground("white"), 255);
  EXPECT_EQ(*ParseBackground("12"), 12);
  EXPECT_EQ(ParseBackground("256").error().message,
            "background \"256\" is not black, white or a level 0..255");
}

TEST_F(VersionFiles, NoInputJsonSaysNothing) {
  const auto none = ReadInputJson(version_);
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->range);
  EXPECT_TRUE(none->labels.empty());
}

TEST_F(VersionFiles, InputJsonIsReadInFull) {
  const auto read = Read(R"({"schema": 1, "range": "0..255", "framing": "object", "background": 0,
      "object": {"longest_side_share": 0.7, "centring": "box"}, "labels": ["cat", "dog"]})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->range->name, "0..255");
  EXPECT_EQ(*read->framing, image::Framing::kObject);
  EXPECT_EQ(*read->background, 0);
  EXPECT_EQ(read->object->centring, image::Centring::kBox);
  EXPECT_THAT(read->labels, ElementsAre("cat", "dog"));
}

TEST_F(VersionFiles, TheSpreadOfObjectsIsReadWholeOrRefusedByName) {
  const std::string others = R"("box_x": [-0.1, 0.1], "box_y": [-0.2, 0.2], "mass_x": [0, 0.1])";
  const auto read = [&](const std::string& rest) {
    return Read(R"({"object": {"spread": {"longest_side": [0.6, 0.8], )" + others + rest + "}}}");
  };
  const auto whole = read(R"(, "mass_y": [-0.05, 0.05])");
  ASSERT_TRUE(whole) << whole.error().message;
  ASSERT_TRUE(whole->object->spread);
  EXPECT_EQ((*whole->object->spread)[image::kBoxY], (image::Range{-0.2f, 0.2f}));
  EXPECT_THAT(read("").error().message, HasSubstr("object.spread.mass_y is null"));
  EXPECT_THAT(read(R"(, "mass_y": [2, 1])").error().message, HasSubstr("mass_y is [2,1]"));
  EXPECT_THAT(read(R"(, "mass_y": [0, 1], "mass_z": [0, 1])").error().message,
              HasSubstr("object.spread has 6 keys"));
}

TEST_F(VersionFiles, UnknownKeysAndSchemasAreRefusedByName) {
  EXPECT_THAT(Read(R"({"rangee": "0..1"})").error().message, HasSubstr("\"rangee\""));
  EXPECT_THAT(Read(R"({"schema": 2})").error().message,
              HasSubstr("schema is 2; this build reads 1"));
  EXPECT_THAT(Read(R"({"object": {"share": 1}})").error().message, HasSubstr("object.share"));
  EXPECT_EQ(Read("[").error().code, Code::kDataLoss);
}

TEST_F(VersionFiles, FlagsWinOverTheFile) {
  auto file = Read(R"({"range": "0..255", "framing": "object"})");
  ContractOverrides flags;
  flags.range = *ParseRange("0..1");
  const ContractOverrides merged = Merge(flags, *file);
  EXPECT_EQ(merged.range->name, "0..1");
  EXPECT_EQ(*merged.framing, image::Framing::kObject);
}

TEST_F(VersionFiles, LabelsAreOneALine) {
  std::ofstream(version_ / "labels.txt") << "cat\r\ndog\n\n";
  EXPECT_THAT(*ReadLabels(version_ / "labels.txt"), ElementsAre("cat", "dog"));
  EXPECT_EQ(ReadLabels(version_ / "none.txt").error().code, Code::kNotFound);
  EXPECT_EQ(ReadLabels(version_).error().code, Code::kInvalidArgument) << "a folder";
}

}  // namespace
}  // namespace credence::predictor
