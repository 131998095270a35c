#include "predictor/profile_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/test_no_descriptors.h"
#include "predictor/kept_pages.h"
#include "reliability/testing.h"

namespace credence::predictor {
namespace {

using testing::HasSubstr;

class ProfileFile : public testing::Test {
 protected:
  ProfileFile() : version_(testing::TempDir() + "profile_file_test") {
    std::filesystem::create_directories(version_ / "variables");
    std::ofstream(version_ / "saved_model.pb") << "graph";
    std::ofstream(version_ / "variables" / "variables.index") << "weights";
    profile_.provenance.model_files = *ModelFingerprint(version_);
  }
  ~ProfileFile() override { std::filesystem::remove_all(version_); }
  std::filesystem::path file() const { return AssetsOf(version_) / "reliability.profile"; }
  std::string Refusal() {
    const auto read = ReadProfile(version_);
    return read ? "" : read.error().message;
  }

  const std::filesystem::path version_;
  reliability::Profile profile_ = reliability::SmallProfile();
};

TEST_F(ProfileFile, TheFingerprintIsTheFilesChecksums) {
  const auto fingerprint = *ModelFingerprint(version_);
  ASSERT_EQ(fingerprint.size(), 2u);
  // printf graph | sha256sum
  EXPECT_EQ(fingerprint.at("saved_model.pb"),
            "eef93e1d14482804277fca0172464032d1a4fdbcc338524059fa1e861454ad4d");
  EXPECT_TRUE(fingerprint.contains("variables/variables.index"));
}

TEST_F(ProfileFile, WhatIsWrittenIsReadAndNothingElseIsLeft) {
  ASSERT_TRUE(WriteProfile(version_, profile_));
  const auto read = ReadProfile(version_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->u_sorted, profile_.u_sorted);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(AssetsOf(version_)), {}), 1);
}

TEST_F(ProfileFile, NoProfileIsNoError) {
  const auto read = ReadProfile(version_);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->has_value());
}

TEST_F(ProfileFile, AProfileOfAnotherModelIsRefused) {
  ASSERT_TRUE(WriteProfile(version_, profile_));
  std::ofstream(version_ / "variables" / "variables.index") << "other weights";
  EXPECT_THAT(Refusal(),
              HasSubstr("was fitted on another model (variables/variables.index differs)"));
}

TEST_F(ProfileFile, ACutOrFlippedProfileIsRefused) {
  ASSERT_TRUE(WriteProfile(version_, profile_));
  std::ifstream in(file(), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::ofstream(file(), std::ios::binary) << whole.substr(0, whole.size() - 100);
  EXPECT_THAT(Refusal(), HasSubstr("reliability.profile"));
  std::string flipped = whole;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
  std::ofstream(file(), std::ios::binary) << flipped;
  EXPECT_THAT(Refusal(), HasSubstr("checksum"));
}

TEST_F(ProfileFile, WhatCannotBeReadIsNotAbsent) {
  ASSERT_TRUE(WriteProfile(version_, profile_));
  ASSERT_TRUE(WriteReport(version_, "<p>report</p>"));
  EXPECT_EQ(ProfileSeal(version_)->size(), 64u);
  {
    const NoDescriptors none;
    EXPECT_EQ(ReadProfile(version_).error().code, Code::kUnavailable);
    EXPECT_EQ(ProfileSeal(version_).error().code, Code::kUnavailable);
    EXPECT_EQ(ModelFingerprint(version_).error().code, Code::kUnavailable);
    EXPECT_EQ(ReadPages(version_).error().code, Code::kUnavailable);
    EXPECT_EQ(SettleReport(version_).error().code, Code::kUnavailable);
  }
  EXPECT_THAT(ReadPages(version_)->report, HasSubstr("report")) << "SettleReport deleted it";
  std::filesystem::remove(file());
  EXPECT_EQ(*ProfileSeal(version_), "");
}

TEST(ToValueRange, IsTheScalingAsScaleAndOffset) {
  const image::ValueRange range =
      ToValueRange({.name = "x", .mean = {0.5, 0.5, 0.5}, .sd = {0.5, 0.5, 0.5}});
  EXPECT_FLOAT_EQ(range.scale[0], 2.0f / 255);
  EXPECT_FLOAT_EQ(range.offset[1], -1);
}

}  // namespace
}  // namespace credence::predictor
