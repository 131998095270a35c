// Classes that are named by numbers: in which order does the model have them?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "calibration/calibrate.h"
#include "data/test_files.h"
#include "image/adapt.h"
#include "image/decode.h"
#include "model/fake/fake_model.h"

namespace credence::calibration {
namespace {

constexpr int kSide = 8;
const std::vector<std::string> kAlphabetical = {"0", "1", "10", "2", "3", "4",
                                                "5", "6", "7",  "8", "9"};

// Folders called 0 to 10 with pictures of the brightness that the fake gives the class of their
// place in `order`.
class ClassOrder : public testing::Test {
 protected:
  data::Dataset Write(const std::vector<std::string>& order) {
    Random random(3, 1);
    for (std::size_t k = 0; k < order.size(); ++k) {
      for (int i = 0; i < 20; ++i) {
        image::Pixels picture;
        picture.Reshape(kSide, kSide, 1);
        for (std::uint8_t& level : picture.data) {
          const double grain = 20 * (random.Uniform() - 0.5);
          level = static_cast<std::uint8_t>(
              std::clamp(25.5 * static_cast<double>(k) + grain, 0.0, 255.0));
        }
        const auto png = image::EncodePng(picture);
        folder_.Write("set/" + order[k] + "/" + std::to_string(i) + ".png",
                      std::string(png.begin(), png.end()));
      }
    }
    const auto decode = [](image::Bytes file, image::Decoded& out) {
      return image::Decode(file, {}, out);
    };
    auto dataset = data::Open(folder_.path() / "set", {.decode = decode});
    EXPECT_TRUE(dataset) << dataset.error().message;
    return *std::move(dataset);
  }
  static Result<Calibration> Run(const data::Dataset& dataset,
                                 const std::vector<std::string>& labels = {}) {
    CalibrateOptions options;
    options.flags.range = image::MakeRange("0..1", 0, 1);
    options.flags.framing = image::Framing::kWhole;
    options.flags.labels = labels;
    const model::FakeOptions fake = {
        .input = {.name = "input", .height = kSide, .width = kSide, .channels = 1}, .classes = 11};
    return Calibrate(model::MakeFake(fake), dataset, options);
  }

  data::TestFolder folder_;
};

TEST_F(ClassOrder, IsAlphabeticalWhereTheModelPredictsTheLabelsSo) {
  const data::Dataset dataset = Write(kAlphabetical);
  EXPECT_EQ(dataset.classes()[2], "2");
  const auto done = Run(dataset);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->profile.labels, kAlphabetical);
  EXPECT_GT(done->profile.card.accuracy.value, 0.9);
  EXPECT_THAT(done->warnings, testing::Contains(testing::HasSubstr("(0, 1, 10, 2, ...)")));
}

TEST_F(ClassOrder, IsNumericWhereThatPredictsThem) {
  std::vector<std::string> numeric = kAlphabetical;
  std::ranges::rotate(numeric.begin() + 2, numeric.begin() + 3, numeric.end());
  const auto done = Run(Write(numeric));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->profile.labels.empty());  // numbers stand for themselves
  EXPECT_THAT(done->warnings, testing::Not(testing::Contains(testing::HasSubstr("alphabetical"))));
}

TEST_F(ClassOrder, IsTheUsersWhereLabelsAreGiven) {
  const data::Dataset dataset = Write(kAlphabetical);
  const auto said = Run(dataset, dataset.classes());
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(said->profile.labels, dataset.classes());
  EXPECT_LT(said->profile.card.accuracy.value, 0.5);
}

}  // namespace
}  // namespace credence::calibration
