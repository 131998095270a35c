#include "serving/cost.h"

#include <gtest/gtest.h>

#include <string>

namespace credence::serving {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

image::Bytes BytesOf(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(MeasuredCost, FollowsWhatIsSeen) {
  MeasuredCost cost(milliseconds(8));
  cost.Correct(milliseconds(16));
  EXPECT_EQ(cost.Get(), milliseconds(9));
  for (int i = 0; i < 200; ++i) cost.Correct(milliseconds(1));
  EXPECT_NEAR(static_cast<double>(cost.Get().count()), 1e6, 100);
}

TEST(DecodeCosts, GrowWithThePictureAndAreNothingForWhatIsNone) {
  const DecodeCosts costs;
  const std::string pgm = "P5 1000 1000 255\n";
  EXPECT_EQ(costs.Estimate(BytesOf(pgm), {}), milliseconds(5));
  EXPECT_EQ(costs.Estimate(BytesOf(pgm).first(1), {}), milliseconds(0));
}

TEST(DecodeCosts, AreCorrectedByFormatAndSize) {
  DecodeCosts costs;
  const std::string small = "P5 1000 1000 255\n", large = "P5 2000 1000 255\n";
  const image::Header header{.format = image::Format::kPnm, .width = 1000, .height = 1000};
  costs.Correct(header, milliseconds(13));
  EXPECT_EQ(costs.Estimate(BytesOf(small), {}), milliseconds(6));
  EXPECT_EQ(costs.Estimate(BytesOf(large), {}), milliseconds(10));
  costs.Correct({.format = image::Format::kPnm, .width = 28, .height = 28}, milliseconds(100));
  EXPECT_EQ(costs.Estimate(BytesOf(small), {}), milliseconds(6));  // too small to tell
}

TEST(DecodeCosts, JpegsOfSeveralScansAreJudgedApart) {
  DecodeCosts costs;
  const image::Header plain{.format = image::Format::kJpeg, .width = 500, .height = 500};
  image::Header scans = plain;
  scans.several_scans = true;
  const std::string pgm = "P5 500 500 255\n";
  const nanoseconds before = costs.Estimate(BytesOf(pgm), {});
  costs.Correct(scans, milliseconds(900));
  EXPECT_EQ(costs.Estimate(BytesOf(pgm), {}), before);
}

TEST(DecodeCosts, OfALargeFileOnlyTheBeginningIsLookedAt) {
  const DecodeCosts costs;
  std::string pgm = "P5 1000 1000 255\n";
  pgm.resize(3'000'000, 'x');
  EXPECT_EQ(costs.Estimate(BytesOf(pgm), {}), milliseconds(5));
  std::string late = "P5\n#";
  late.resize(3'000'000, 'x');  // the size would come behind the comment
  EXPECT_EQ(costs.Estimate(BytesOf(late), {}), milliseconds(30));
}

TEST(DecodeCosts, ReadingGrowsWithTheBodyAndIsCorrectedByLargeOnes) {
  DecodeCosts costs;
  EXPECT_EQ(costs.EstimateReading(2 << 20), milliseconds(20));
  costs.CorrectReading(1000, std::chrono::seconds(1));  // too small to tell
  EXPECT_EQ(costs.EstimateReading(2 << 20), milliseconds(20));
  costs.CorrectReading(4 << 20, milliseconds(72));  // 18 ms a MiB
  EXPECT_EQ(costs.EstimateReading(1 << 20), milliseconds(11));
}

}  // namespace
}  // namespace credence::serving
