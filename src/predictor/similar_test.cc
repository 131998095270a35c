#include "predictor/similar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "image/adapt.h"
#include "reliability/testing.h"

namespace credence::predictor {
namespace {

using testing::HasSubstr;

constexpr char kSeal[] = "abc";

Blob Png(int level, int side = 8) {
  image::Pixels pixels;
  pixels.Reshape(side, side, 1);
  std::fill(pixels.data.begin(), pixels.data.end(), static_cast<std::uint8_t>(level));
  return image::EncodePng(pixels);
}

KnownPictures Known() {
  return {.profile = kSeal,
          .place = {4, 0, 9},
          .label = {0, 1, 2},
          .png = {Png(0), Png(100), Png(200)}};
}

// A profile whose model has no features: pictures are compared by their pixels.
reliability::Profile PixelProfile() {
  reliability::Profile profile = reliability::SmallProfile();
  profile.feature_size = 0;
  profile.bank.clear();
  profile.bank_label.clear();
  return profile;
}

TEST(SimilarIndex, ComparesFeaturesByTheirDirection) {
  const reliability::Profile profile = reliability::SmallProfile();
  const auto index = SimilarIndex::Make(Known(), profile, kSeal);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_TRUE(index->by_features());
  // Twice the features of the bank's row 9, the third picture's.
  std::vector<float> features(profile.bank.begin() + 36, profile.bank.begin() + 40);
  for (float& f : features) f *= 2;
  const auto found = index->Find(profile, features, {}, 2);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].picture, 2u);
  EXPECT_NEAR(found[0].distance, 0, 1e-6);
  EXPECT_GE(found[1].distance, found[0].distance);
}

TEST(SimilarIndex, WithoutFeaturesComparesPixels) {
  const reliability::Profile profile = PixelProfile();
  const auto index = SimilarIndex::Make(Known(), profile, kSeal);
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_FALSE(index->by_features());
  const std::vector<float> x(64, 100.0f / 255);
  const auto found = index->Find(profile, {}, x, 5);
  ASSERT_EQ(found.size(), 3u);  // all there are
  EXPECT_EQ(found[0].picture, 1u);
  EXPECT_NEAR(found[0].distance, 0, 1e-5);
}

TEST(SimilarIndex, RefusesWhatDoesNotBelong) {
  const auto refusal = [](KnownPictures known, const reliability::Profile& profile) {
    const auto index = SimilarIndex::Make(std::move(known), profile, kSeal);
    return index ? std::string() : index.error().message;
  };
  KnownPictures other = Known();
  other.profile = "def";
  EXPECT_THAT(refusal(other, reliability::SmallProfile()), HasSubstr("belongs to another profile"));
  KnownPictures place = Known();
  place.place[1] = 100'000;
  EXPECT_THAT(refusal(place, reliability::SmallProfile()), HasSubstr("picture 1 has place 100000"));
  place.place[1] = -1;
  EXPECT_THAT(refusal(place, reliability::SmallProfile()), HasSubstr("picture 1 has place -1"));
  KnownPictures label = Known();
  label.label[2] = 3;
  EXPECT_THAT(refusal(label, reliability::SmallProfile()), HasSubstr("picture 2 has label 3"));
  KnownPictures size = Known();
  size.png[0] = Png(0, 9);
  EXPECT_THAT(refusal(size, PixelProfile()), HasSubstr("picture 0 is no thumbnail"));
}

TEST(KnownPictures, AreReadAsWritten) {
  const std::filesystem::path version = testing::TempDir() + "known_pictures_test";
  std::filesystem::create_directories(version);
  EXPECT_FALSE((*ReadKnownPictures(version, "")).has_value());
  ASSERT_TRUE(WriteKnownPictures(version, Known()));
  ASSERT_TRUE(SettleKnownPictures(version));
  const auto read = ReadKnownPictures(version, "");
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->png, Known().png);
  EXPECT_EQ((*read)->place, Known().place);
  std::filesystem::remove_all(version);
}

}  // namespace
}  // namespace credence::predictor
