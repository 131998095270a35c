#include "image/resize.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "image/colour.h"

namespace credence::image {
namespace {

using Json = nlohmann::json;
using Levels = std::vector<std::uint8_t>;

// Pillow's answers; tools/golden/make_resize_golden.py made them.
Json Golden() { return Json::parse(std::ifstream("src/image/testdata/resize_golden.json")); }

// The input of a golden case, as `noise` of the script.
Pixels Noise(const Json& golden, int channels) {
  Pixels pixels;
  pixels.Reshape(golden["width"], golden["height"], channels);
  std::uint32_t state = golden["seed"];
  for (std::uint8_t& level : pixels.data) {
    state = state * 1664525u + 1013904223u;
    level = static_cast<std::uint8_t>(state >> 24);
  }
  return pixels;
}

TEST(Resize, EqualsPillowBitForBit) {
  ResizeScratch scratch;
  Pixels out;
  const Json golden = Golden();
  ASSERT_EQ(golden["resize"].size(), 10u);
  for (const Json& expected : golden["resize"]) {
    const Pixels in = Noise(expected, expected["channels"]);
    const Json& box = expected["box"];
    Resize(ColourView(in, in.channels), {box[0], box[1], box[2], box[3]}, expected["to"][0],
           expected["to"][1], scratch, out);
    EXPECT_EQ(out.data, expected["levels"].get<Levels>()) << in.width << "x" << in.height;
  }
}

TEST(BoxReduce, EqualsPillow) {
  const Json expected = Golden()["reduce"];
  const Pixels in = Noise(expected, 1);
  Pixels out;
  BoxReduce(ColourView(in, 1), {0, 0, in.width, in.height}, expected["factor"], out);
  EXPECT_EQ(out.width, 6);
  EXPECT_EQ(out.height, 4);
  EXPECT_EQ(out.data, expected["levels"].get<Levels>());
}

TEST(Grey, EqualsPillow) {
  const Json expected = Golden()["grey"];
  const Pixels in = Noise(expected, 3);
  Pixels out;
  Materialise(ColourView(in, 1), out);
  EXPECT_EQ(out.data, expected["levels"].get<Levels>());
}

TEST(Composite, EqualsPillowOverWhite) {
  const Json expected = Golden()["composite"];
  Pixels in;
  in.Reshape(expected["width"], expected["height"], 4);
  in.data = expected["rgba"].get<Levels>();
  const ColourView view(in, 3);
  Pixels out;
  Materialise(view, out);
  EXPECT_EQ(view.backdrop(), Backdrop::kWhite);
  EXPECT_EQ(out.data, expected["over_white"].get<Levels>());
}

TEST(PlanFit, CoverKeepsTheMiddleAcross) {
  const FitPlan plan = PlanFit(Fit::kCover, 300, 100, 28, 28);
  EXPECT_DOUBLE_EQ(plan.region.left, 100);
  EXPECT_DOUBLE_EQ(plan.region.right, 200);
  EXPECT_EQ(plan.width, 28);
}

TEST(PlanFit, ContainKeepsAtLeastOnePixel) {
  const FitPlan plan = PlanFit(Fit::kContain, 30000, 1, 28, 28);
  EXPECT_EQ(plan.width, 28);
  EXPECT_EQ(plan.height, 1);
  EXPECT_EQ(plan.top, 13);
}

}  // namespace
}  // namespace credence::image
