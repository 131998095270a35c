#include "image/adapt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "image/framing.h"
#include "image/placement.h"

namespace credence::image {
namespace {

using Step = Adaptation::Step;
using ::testing::ElementsAre;

const Adaptation kNumbers = {.step = Step::kArray, .text = "0..255"};

InputContract WholeContract(int width, int height, int channels) {
  InputContract contract;
  contract.width = width;
  contract.height = height;
  contract.channels = channels;
  return contract;
}

InputContract DigitContract() {
  InputContract contract = WholeContract(28, 28, 1);
  contract.framing = Framing::kObject;
  contract.object.stroke_width_share = 0.09f;
  contract.background = 0;
  return contract;
}

Pixels Filled(int width, int height, int channels, int level) {
  Pixels pixels;
  pixels.Reshape(width, height, channels);
  pixels.data.assign(pixels.size(), static_cast<std::uint8_t>(level));
  return pixels;
}

// What lies outside the picture is left out.
void FillBox(Pixels& pixels, int left, int top, int right, int bottom, int level) {
  for (int y = top; y < std::min(bottom, pixels.height); ++y) {
    for (int x = left * pixels.channels; x < right * pixels.channels; ++x) {
      pixels.row(y)[x] = static_cast<std::uint8_t>(level);
    }
  }
}

std::vector<Step> Steps(const Adapted& adapted) {
  std::vector<Step> steps;
  for (const Adaptation& adaptation : adapted.adaptations) steps.push_back(adaptation.step);
  return steps;
}

Adapted AdaptArray(const Pixels& pixels, const InputContract& contract) {
  AdaptScratch scratch;
  Adapted out;
  Adaptation origin = kNumbers;
  origin.width = pixels.width;
  origin.height = pixels.height;
  Adapt(pixels, origin, contract, scratch, out);
  out.adaptations.front() = kNumbers;
  return out;
}

TEST(Adapt, LeavesAPictureOfTheContractUntouched) {
  Pixels digit = Filled(28, 28, 1, 0);
  FillBox(digit, 12, 4, 15, 24, 255);
  const Adapted adapted = AdaptArray(digit, DigitContract());
  EXPECT_EQ(adapted.canonical, digit);
  EXPECT_THAT(Steps(adapted), ElementsAre(Step::kArray));
}

void ExpectUntouched(const Pixels& picture) {
  EXPECT_EQ(AdaptArray(picture, DigitContract()).canonical, picture);
}

TEST(Adapt, LeavesADimPictureOfTheContractUntouched) {
  Pixels digit = Filled(28, 28, 1, 0);
  FillBox(digit, 12, 4, 15, 24, 60);
  ExpectUntouched(digit);
}

// Its polarity is plain: a bold letter must not be turned inside out.
TEST(Adapt, LeavesASignThatFillsAPictureOfTheContractUntouched) {
  Pixels letter = Filled(28, 28, 1, 0);
  FillBox(letter, 0, 0, 28, 11, 255);
  FillBox(letter, 0, 11, 11, 28, 255);
  ExpectUntouched(letter);
}

TEST(Adapt, FramesAPictureOfTheContractsSizeOnAnotherBackground) {
  Pixels digit = Filled(28, 28, 1, 255);
  FillBox(digit, 12, 4, 15, 24, 0);
  const Adapted adapted = AdaptArray(digit, DigitContract());
  EXPECT_THAT(Steps(adapted), testing::Contains(Step::kInvert));
  EXPECT_EQ(adapted.canonical.row(0)[0], 0);
}

// Of a contract whose objects are 20 px long and at most 4 px from the middle.
InputContract DigitContractWithSpread() {
  InputContract contract = DigitContract();
  ObjectSpread spread;
  spread.fill({-4 / 28.f, 4 / 28.f});
  spread[kLongestSide] = {18 / 28.f, 21 / 28.f};
  contract.object.spread = spread;
  return contract;
}

// An L of 20 px with soft edges, moved from the middle.
Pixels Ell(int right, int down) {
  Pixels picture = Filled(28, 28, 1, 0);
  FillBox(picture, 9 + right, 3 + down, 13 + right, 25 + down, 90);
  FillBox(picture, 10 + right, 4 + down, 12 + right, 24 + down, 255);
  FillBox(picture, 12 + right, 21 + down, 18 + right, 24 + down, 255);
  return picture;
}

TEST(Adapt, LeavesAPictureWithinTheSpreadUntouched) {
  for (const int by : {-1, 0, 1}) {
    const Adapted adapted = AdaptArray(Ell(by, by), DigitContractWithSpread());
    EXPECT_EQ(adapted.canonical, Ell(by, by)) << by;
    EXPECT_THAT(Steps(adapted), ElementsAre(Step::kArray)) << by;
  }
}

TEST(Adapt, MovesAnObjectThatLiesElsewhereAndSaysSo) {
  const Adapted adapted = AdaptArray(Ell(-6, 3), DigitContractWithSpread());
  EXPECT_THAT(adapted.adaptations,
              ElementsAre(kNumbers, Adaptation{.step = Step::kFrame, .box = {4, 7, 8, 20}}));
  // Not a level of it has changed.
  EXPECT_EQ(adapted.canonical, Ell(2, -2));
  EXPECT_FALSE(adapted.cut_off);
  EXPECT_TRUE(AdaptArray(Ell(-6, 4), DigitContractWithSpread()).cut_off);
}

TEST(Adapt, EnlargesAnObjectThatIsTooSmallAndSaysSo) {
  Pixels small = Filled(28, 28, 1, 0);
  FillBox(small, 3, 2, 6, 12, 255);
  const Adapted adapted = AdaptArray(small, DigitContractWithSpread());
  EXPECT_EQ(ContentBox(adapted.canonical, 0).height(), 20);
  EXPECT_THAT(adapted.adaptations,
              ElementsAre(kNumbers, Adaptation{.step = Step::kFrame, .box = {3, 2, 3, 10}},
                          Adaptation{.step = Step::kResize, .from = {3, 10}, .to = {6, 20}}));
}

// The ink of a bold letter is the larger part of its picture: its polarity is the contract's.
TEST(Adapt, ShrinksASignThatFillsItsPictureWithoutTurningIt) {
  Pixels letter = Filled(28, 28, 1, 0);
  FillBox(letter, 0, 0, 28, 13, 255);
  FillBox(letter, 0, 13, 13, 28, 255);
  const Adapted adapted = AdaptArray(letter, DigitContractWithSpread());
  EXPECT_THAT(Steps(adapted), ElementsAre(Step::kArray, Step::kFrame, Step::kResize));
  EXPECT_TRUE(adapted.cut_off);
  EXPECT_EQ(ContentBox(adapted.canonical, 0).longest(), 20);
  EXPECT_EQ(adapted.canonical.row(14)[14], 255);
  EXPECT_EQ(adapted.canonical.row(0)[0], 0);
}

// Polarity and the small picture's levels stay; the second sign is told of.
TEST(Adapt, ReportsASecondSignInAPictureOfTheContractsSize) {
  Pixels two = Filled(28, 28, 1, 0);
  FillBox(two, 2, 8, 5, 20, 255);
  FillBox(two, 18, 8, 24, 20, 255);
  const Adapted adapted = AdaptArray(two, DigitContractWithSpread());
  EXPECT_TRUE(adapted.several);
  EXPECT_THAT(adapted.adaptations,
              testing::IsSupersetOf({Adaptation{.step = Step::kFrame, .box = {18, 8, 6, 12}},
                                     Adaptation{.step = Step::kLeftOut, .box = {2, 8, 3, 12}}}));
}

TEST(Adapt, ReportsASecondSignOnALargePageWhereItIs) {
  Pixels page = Filled(1200, 800, 1, 250);
  FillBox(page, 100, 300, 130, 420, 20);
  FillBox(page, 900, 300, 930, 420, 20);
  FillBox(page, 930, 300, 960, 330, 20);
  const Adapted adapted = AdaptArray(page, DigitContract());
  EXPECT_TRUE(adapted.several);
  ASSERT_EQ(Steps(adapted).at(3), Step::kLeftOut);
  const std::array<int, 4> box = adapted.adaptations[3].box;
  EXPECT_NEAR(box[0], 100, 10);
  EXPECT_NEAR(box[1], 300, 10);
  EXPECT_NEAR(box[2], 30, 15);
  EXPECT_NEAR(box[3], 120, 15);
}

TEST(Adapt, KnowsAPictureThatIsFarLongerThanWide) {
  for (const InputContract& contract : {WholeContract(28, 28, 1), DigitContract()}) {
    EXPECT_FALSE(AdaptArray(Filled(200, 10, 1, 0), contract).elongated);
    EXPECT_FALSE(AdaptArray(Filled(10, 200, 1, 0), contract).elongated);
    EXPECT_TRUE(AdaptArray(Filled(201, 10, 1, 0), contract).elongated);
    EXPECT_TRUE(AdaptArray(Filled(1, 21, 1, 0), contract).elongated);
  }
  // The model's own shape is no sign of a strange picture.
  EXPECT_FALSE(AdaptArray(Filled(100, 4, 1, 0), WholeContract(100, 4, 1)).elongated);
}

TEST(Adapt, ReportsTheFileAndItsOrientationFirst) {
  Decoded decoded;
  decoded.pixels = Filled(4, 4, 3, 9);
  decoded.source = {Format::kJpeg, 4, 4, 3};
  decoded.orientation = 6;
  AdaptScratch scratch;
  Adapted out;
  Adapt(decoded, WholeContract(4, 4, 3), scratch, out);
  EXPECT_THAT(
      out.adaptations,
      ElementsAre(
          Adaptation{.step = Step::kDecode, .width = 4, .height = 4, .channels = 3, .text = "jpeg"},
          Adaptation{.step = Step::kOrient, .value = 6}));
}

TEST(Adapt, CopiesGreyToThreeChannels) {
  const Adapted adapted = AdaptArray(Filled(2, 2, 1, 7), WholeContract(2, 2, 3));
  EXPECT_EQ(adapted.canonical, Filled(2, 2, 3, 7));
  EXPECT_THAT(Steps(adapted), ElementsAre(Step::kArray, Step::kChannels));
}

TEST(Adapt, ResizesTheWholePicture) {
  const Adapted adapted = AdaptArray(Filled(9, 5, 3, 80), WholeContract(4, 4, 1));
  EXPECT_EQ(adapted.canonical, Filled(4, 4, 1, 80));
  EXPECT_THAT(Steps(adapted), ElementsAre(Step::kArray, Step::kGrey, Step::kResize));
}

TEST(Adapt, ContainsThePictureOnTheBackground) {
  InputContract contract = WholeContract(4, 4, 1);
  contract.fit = Fit::kContain;
  contract.background = 10;
  const Adapted adapted = AdaptArray(Filled(8, 4, 1, 200), contract);
  Pixels expected = Filled(4, 4, 1, 10);
  FillBox(expected, 0, 1, 4, 3, 200);
  EXPECT_EQ(adapted.canonical, expected);
}

TEST(Adapt, CoversWithTheMiddleOfThePicture) {
  InputContract contract = WholeContract(4, 4, 1);
  contract.fit = Fit::kCover;
  Pixels wide = Filled(12, 4, 1, 0);
  FillBox(wide, 4, 0, 8, 4, 255);
  EXPECT_EQ(AdaptArray(wide, contract).canonical, Filled(4, 4, 1, 255));
}

TEST(Adapt, FramesADarkSignOnWhiteAsTheContractHasIt) {
  Pixels page = Filled(200, 200, 1, 255);
  FillBox(page, 20, 60, 34, 160, 0);
  const Adapted adapted = AdaptArray(page, DigitContract());
  EXPECT_EQ(ContentBox(adapted.canonical, 0), (Box{13, 4, 16, 24}));
  EXPECT_EQ(adapted.canonical.row(14)[14], 255);
  EXPECT_THAT(adapted.adaptations,
              ElementsAre(kNumbers, Adaptation{.step = Step::kInvert},
                          Adaptation{.step = Step::kFrame, .box = {20, 60, 14, 100}},
                          Adaptation{.step = Step::kResize, .from = {14, 100}, .to = {3, 20}}));
}

TEST(Adapt, CallsAnEmptyPageBlank) {
  const Adapted adapted = AdaptArray(Filled(300, 200, 3, 240), DigitContract());
  EXPECT_TRUE(adapted.blank);
  EXPECT_EQ(adapted.canonical, Filled(28, 28, 1, 0));
  EXPECT_THAT(Steps(adapted), ElementsAre(Step::kArray, Step::kGrey, Step::kBlank));
}

TEST(AdaptationJson, WritesEachStepWithItsOwnFields) {
  std::string text;
  JsonWriter json(text);
  WriteJson({.step = Step::kResize, .from = {140, 188}, .to = {28, 28}}, json);
  EXPECT_EQ(text, R"({"step":"resize","from":[140,188],"to":[28,28]})");
  std::string reshape;
  JsonWriter other(reshape);
  WriteJson({.step = Step::kReshape, .shape = {56, 14}}, other);
  EXPECT_EQ(reshape, R"({"step":"reshape","shape":[56,14]})");
}

TEST(AdaptationJson, DescribesAStepInWords) {
  EXPECT_EQ(Describe({.step = Step::kResize, .from = {140, 188}, .to = {28, 28}}),
            "resize 140x188 -> 28x28");
  EXPECT_EQ(Describe({.step = Step::kReshape, .shape = {56, 14}}), "reshape from 56x14");
}

}  // namespace
}  // namespace credence::image
