#include "predictor/kept_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/test_folder.h"
#include "predictor/profile_file.h"
#include "reliability/testing.h"

namespace credence::predictor {
namespace {

class KeptPagesTest : public testing::Test {
 protected:
  KeptPagesTest() { std::filesystem::create_directories(AssetsOf(version_)); }

  TestFolder folder_;
  const std::filesystem::path version_ = folder_.path() / "v";
};

TEST_F(KeptPagesTest, AVersionMayKeepNone) {
  const auto pages = ReadPages(version_);
  ASSERT_TRUE(pages.ok());
  EXPECT_EQ(pages->report, "");
  EXPECT_EQ(pages->model_card, "");
}

TEST_F(KeptPagesTest, ReadsWhatWasWritten) {
  ASSERT_TRUE(WriteReport(version_, "<p>first</p>").ok());
  ASSERT_TRUE(WriteReport(version_, "<p>good</p>").ok());
  ASSERT_TRUE(WriteAsset(version_, kModelCardName, "# Digits").ok());
  const auto pages = ReadPages(version_);
  ASSERT_TRUE(pages.ok());
  EXPECT_THAT(pages->report, testing::StartsWith("<p>good</p>"));
  EXPECT_EQ(pages->model_card, "# Digits");
}

TEST_F(KeptPagesTest, ALargeReportIsRefusedAndTheOldOneStays) {
  ASSERT_TRUE(WriteReport(version_, "old").ok());
  const auto refused = WriteReport(version_, std::string(kPageBytesMax + 1, 'x'));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kTooLarge);
  EXPECT_THAT(refused.error().message, testing::HasSubstr(" bytes; a version keeps at most"));
  EXPECT_THAT(ReadPages(version_)->report, testing::StartsWith("old"));
}

TEST_F(KeptPagesTest, AReportCountsForTheProfileThatItWasMadeWith) {
  ASSERT_TRUE(WriteReport(version_, "report").ok());
  ASSERT_TRUE(SettleReport(version_).ok());
  EXPECT_THAT(ReadPages(version_)->report, testing::StartsWith("report"));
  ASSERT_TRUE(WriteProfile(version_, reliability::SmallProfile()).ok());
  EXPECT_EQ(ReadPages(version_)->report, "");
  ASSERT_TRUE(SettleReport(version_).ok());
  EXPECT_FALSE(std::filesystem::exists(AssetsOf(version_) / kReportName));
}

TEST_F(KeptPagesTest, AForeignLargeFileIsAnError) {
  ASSERT_TRUE(WriteAsset(version_, kModelCardName, std::string(kPageBytesMax + 1, 'x')).ok());
  EXPECT_EQ(ReadPages(version_).error().code, Code::kTooLarge);
}

}  // namespace
}  // namespace credence::predictor
