#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <random>

#include "image/adapt.h"

namespace credence::image {
namespace {

const Adaptation kNumbers = {.step = Adaptation::Step::kArray, .text = "0..255"};

InputContract Contract(Framing framing, int channels) {
  InputContract contract;
  contract.width = 28;
  contract.height = 28;
  contract.channels = channels;
  contract.framing = framing;
  contract.object.stroke_width_share = 0.09f;
  contract.background = 0;
  return contract;
}

Pixels Random(int width, int height, int channels, std::mt19937& random) {
  Pixels pixels;
  pixels.Reshape(width, height, channels);
  for (std::uint8_t& level : pixels.data) level = static_cast<std::uint8_t>(random());
  return pixels;
}

// A sign of three strokes on a page, in grey.
Pixels Sign(int side, int paper, int ink) {
  Pixels page;
  page.Reshape(side, side, 1);
  page.data.assign(page.size(), static_cast<std::uint8_t>(paper));
  const auto stroke = [&](int left, int top, int right, int bottom) {
    for (int y = top * side / 100; y < bottom * side / 100; ++y) {
      for (int x = left * side / 100; x < right * side / 100; ++x) {
        page.row(y)[x] = static_cast<std::uint8_t>(ink);
      }
    }
  };
  stroke(30, 20, 60, 26);
  stroke(54, 20, 60, 80);
  stroke(40, 48, 74, 54);
  return page;
}

TEST(AdaptProperty, GivesTheContractsShapeForAnySizeAndChannels) {
  std::mt19937 random(1);
  AdaptScratch scratch;
  Adapted out;
  for (const Framing framing : {Framing::kWhole, Framing::kObject}) {
    for (int i = 0; i < 400; ++i) {
      const int width = 1 + static_cast<int>(random() % 64);
      const int height = 1 + static_cast<int>(random() % 64);
      const Pixels pixels = Random(width, height, 1 + i % 4, random);
      const int channels = random() % 2 == 0 ? 1 : 3;
      Adapt(pixels, kNumbers, Contract(framing, channels), scratch, out);
      ASSERT_EQ(out.canonical.width, 28);
      ASSERT_EQ(out.canonical.height, 28);
      ASSERT_EQ(out.canonical.channels, channels);
      ASSERT_EQ(out.canonical.data.size(), out.canonical.size());
    }
  }
}

TEST(AdaptProperty, TakesALineOfPixels) {
  std::mt19937 random(2);
  AdaptScratch scratch;
  Adapted out;
  for (const Framing framing : {Framing::kWhole, Framing::kObject}) {
    Adapt(Random(30000, 1, 3, random), kNumbers, Contract(framing, 1), scratch, out);
    EXPECT_EQ(out.canonical.data.size(), 784u);
    Adapt(Random(1, 30000, 1, random), kNumbers, Contract(framing, 1), scratch, out);
    EXPECT_EQ(out.canonical.data.size(), 784u);
  }
}

TEST(AdaptProperty, LeavesItsOwnResultAlone) {
  AdaptScratch scratch;
  Adapted once;
  Adapted twice;
  for (const int side : {20, 60, 200, 700}) {
    const InputContract contract = Contract(Framing::kObject, 1);
    Adapt(Sign(side, 250, 20), kNumbers, contract, scratch, once);
    Adapt(once.canonical, kNumbers, contract, scratch, twice);
    EXPECT_EQ(twice.canonical, once.canonical) << side;
    EXPECT_EQ(twice.adaptations.size(), 1u) << side;
  }
}

TEST(AdaptProperty, SeesANegativeAsThePicture) {
  AdaptScratch scratch;
  Adapted dark_on_light;
  Adapted light_on_dark;
  for (const int side : {40, 100, 600}) {
    const InputContract contract = Contract(Framing::kObject, 1);
    Adapt(Sign(side, 255, 0), kNumbers, contract, scratch, dark_on_light);
    Adapt(Sign(side, 0, 255), kNumbers, contract, scratch, light_on_dark);
    for (std::size_t i = 0; i < 784; ++i) {
      ASSERT_NEAR(dark_on_light.canonical.data[i], light_on_dark.canonical.data[i], 2) << side;
    }
  }
}

TEST(AdaptProperty, FindsTheSameSignWhateverTheLight) {
  AdaptScratch scratch;
  Adapted even;
  Adapted uneven;
  const InputContract contract = Contract(Framing::kObject, 1);
  Pixels page = Sign(200, 230, 40);
  Adapt(page, kNumbers, contract, scratch, even);
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 200; ++x) {
      page.row(y)[x] = static_cast<std::uint8_t>(page.row(y)[x] * (300 - x) / 300);
    }
  }
  Adapt(page, kNumbers, contract, scratch, uneven);
  double difference = 0;
  for (std::size_t i = 0; i < 784; ++i) {
    difference += std::abs(even.canonical.data[i] - uneven.canonical.data[i]) / 784.0;
  }
  EXPECT_LT(difference, 4);
}

TEST(AdaptProperty, FindsNothingInNoise) {
  std::mt19937 random(3);
  Pixels page;
  page.Reshape(300, 200, 1);
  for (std::uint8_t& level : page.data) {
    level = static_cast<std::uint8_t>(200 + static_cast<int>(random() % 12));
  }
  AdaptScratch scratch;
  Adapted out;
  Adapt(page, kNumbers, Contract(Framing::kObject, 1), scratch, out);
  EXPECT_TRUE(out.blank);
}

}  // namespace
}  // namespace credence::image
