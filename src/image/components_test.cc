#include "image/components.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace credence::image {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kSideMin = 3;

// Ink on a page of 120 x 80.
class Page {
 public:
  Page() {
    ink_.Reshape(120, 80, 1);
    ink_.data.assign(ink_.size(), 0);
  }
  Page& Fill(const Box& box, int level = 200) {
    for (int y = box.top; y < box.bottom; ++y) {
      for (int x = box.left; x < box.right; ++x) ink_.row(y)[x] = static_cast<std::uint8_t>(level);
    }
    return *this;
  }
  // A closed shape of strokes `wide` px wide.
  Page& Ring(const Box& box, int wide, int level = 200) {
    Fill({box.left, box.top, box.right, box.top + wide}, level);
    Fill({box.left, box.bottom - wide, box.right, box.bottom}, level);
    Fill({box.left, box.top, box.left + wide, box.bottom}, level);
    return Fill({box.right - wide, box.top, box.right, box.bottom}, level);
  }
  Object Choose() const {
    Components components;
    FindComponents(ink_, 20, components);
    Object object;
    ChooseObject(components, kSideMin, object);
    return object;
  }

 private:
  Pixels ink_;
};

constexpr Box kZero = {10, 20, 34, 60};

TEST(ChooseObject, ReportsASecondSignOfItsSize) {
  const Object object = Page().Ring(kZero, 5).Ring({60, 22, 80, 58}, 5).Choose();
  EXPECT_EQ(object.box, kZero);
  EXPECT_THAT(object.others, ElementsAre(Box{60, 22, 80, 58}));
}

TEST(ChooseObject, ReportsEachOfSeveralStrongestFirst) {
  const Object object =
      Page().Ring(kZero, 5).Fill({50, 20, 55, 60}).Ring({80, 22, 100, 58}, 5).Choose();
  EXPECT_EQ(object.box, kZero);
  EXPECT_THAT(object.others, ElementsAre(Box{80, 22, 100, 58}, Box{50, 20, 55, 60}));
}

TEST(ChooseObject, ReportsASignOfSeveralStrokesOnce) {
  const Object object =
      Page().Ring(kZero, 5).Fill({60, 24, 84, 29}).Fill({60, 34, 84, 56}).Choose();
  EXPECT_THAT(object.others, ElementsAre(Box{60, 24, 84, 56}));
}

TEST(ChooseObject, ReportsASignThatTouchesTheBorder) {
  const Object object = Page().Ring(kZero, 5).Ring({100, 22, 120, 58}, 5).Choose();
  EXPECT_THAT(object.others, ElementsAre(Box{100, 22, 120, 58}));
}

TEST(ChooseObject, ReportsNoMoreThanItsLimit) {
  Page text;
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 15; ++x) text.Fill({1 + 8 * x, 1 + 8 * y, 4 + 8 * x, 5 + 8 * y});
  }
  EXPECT_EQ(text.Choose().others.size(), kOthersMax);
}

// One sign of several strokes: a 5 whose bar is apart, and three bars, the outer ones of which are
// too far from each other but not from the middle one.
TEST(ChooseObject, TakesTheStrokesOfOneSignTogether) {
  const Object five = Page().Fill({14, 12, 40, 17}).Ring({10, 24, 34, 60}, 5).Choose();
  EXPECT_EQ(five.box, (Box{10, 12, 40, 60}));
  EXPECT_THAT(five.others, IsEmpty());
  const Object three =
      Page().Fill({20, 20, 50, 25}).Fill({22, 31, 48, 36}).Fill({18, 42, 52, 47}).Choose();
  EXPECT_EQ(three.box, (Box{18, 20, 52, 47}));
  EXPECT_THAT(three.others, IsEmpty());
}

TEST(ChooseObject, PassesOverWhatIsNoSign) {
  const struct {
    const char* what;
    Page page;
  } cases[] = {
      {"a speck", Page().Ring(kZero, 5).Fill({80, 30, 86, 36})},
      {"a ruling across the page", Page().Ring(kZero, 5).Fill({0, 70, 120, 72})},
      {"a ruling that ends", Page().Ring(kZero, 5).Fill({50, 70, 115, 73})},
      {"a faint sign, as of the page behind", Page().Ring(kZero, 5).Ring({60, 22, 80, 58}, 5, 60)},
      {"a shadow", Page().Ring(kZero, 4).Fill({85, 15, 120, 65})},
      {"a frame around it", Page().Ring({40, 25, 56, 55}, 5).Ring({30, 10, 66, 70}, 1)},
  };
  for (const auto& c : cases) EXPECT_THAT(c.page.Choose().others, IsEmpty()) << c.what;
}

TEST(ChooseObject, FindsNothingOnAnEmptyPage) {
  const Object object = Page().Choose();
  EXPECT_TRUE(object.empty());
  EXPECT_THAT(object.others, IsEmpty());
}

}  // namespace
}  // namespace credence::image
