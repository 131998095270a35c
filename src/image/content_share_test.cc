#include "image/content_share.h"

#include <gtest/gtest.h>

#include <functional>

namespace credence::image {
namespace {

Pixels Picture(int width, int height, const std::function<int(int, int)>& level) {
  Pixels picture;
  picture.Reshape(width, height, 1);
  for (int i = 0; i < height; ++i) {
    for (int j = 0; j < width; ++j) picture.row(i)[j] = static_cast<std::uint8_t>(level(i, j));
  }
  return picture;
}

double Share(const Pixels& picture, int x, int y, int width, int height) {
  ContentShareScratch scratch;
  return ContentShare(ColourView(picture, 1), {x, y, x + width, y + height}, scratch);
}

// Expected values: those of the specification's golden vectors, loops over the pixels of these
// formulas.
TEST(ContentShare, GoldenPictures) {
  EXPECT_NEAR(
      Share(Picture(60, 40, [](int i, int j) { return (7 * i * i + 3 * j * j + i * j) % 256; }), 20,
            10, 15, 20),
      0.21640432700133677, 1e-12);
  EXPECT_NEAR(Share(Picture(60, 40,
                            [](int i, int j) {
                              if (10 <= i && i < 30 && 22 <= j && j < 35) return 255;
                              return (i + j) % 7 == 0 ? 3 : 0;
                            }),
                    20, 8, 17, 24),
              0.852212389380531, 1e-12);
  EXPECT_EQ(Share(Picture(30, 30, [](int, int) { return 17; }), 5, 5, 10, 10), 1);
  EXPECT_NEAR(
      Share(Picture(50, 90,
                    [](int i, int j) { return i < 60 && 10 <= j && j < 20 ? 200 : (10 * i) % 50; }),
            8, 0, 14, 60),
      0.4, 1e-12);
}

TEST(ContentShare, ColourIsLookedAtAsGrey) {
  Pixels colour;
  colour.Reshape(20, 20, 3);
  const Pixels grey = Picture(20, 20, [](int i, int j) { return (31 * i + 17 * j) % 200; });
  for (std::size_t i = 0; i < grey.data.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) colour.data[3 * i + c] = grey.data[i];
  }
  EXPECT_EQ(Share(colour, 4, 6, 5, 7), Share(grey, 4, 6, 5, 7));
}

}  // namespace
}  // namespace credence::image
