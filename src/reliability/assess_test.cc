#include "reliability/assess.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "reliability/testing.h"

namespace credence::reliability {
namespace {

struct Batch {
  std::vector<float> logits, features, x;
};

Batch RandomBatch(const ProfileShape& shape, std::size_t rows) {
  Batch batch;
  const auto fill = [&](std::vector<float>& to, std::size_t size, std::uint64_t seed) {
    for (std::size_t i = 0; i < rows * size; ++i)
      to.push_back(static_cast<float>(NormalAt(seed, i)));
  };
  fill(batch.logits, shape.classes, 21);
  fill(batch.features, shape.feature_size, 22);
  fill(batch.x, shape.side * shape.side, 23);
  for (float& level : batch.x) level = std::clamp(0.5F + 0.3F * level, 0.0F, 1.0F);
  return batch;
}

TEST(Assess, ARowDoesNotDependOnThoseBeforeIt) {
  const ProfileShape shape{.bank_rows = 70, .side = 9, .components = 5};
  const Assessor assessor(RandomProfile(shape));
  const Batch batch = RandomBatch(shape, 5);
  const auto together = AssessRows(assessor, batch.logits, batch.features, batch.x);
  for (std::size_t i = 0; i < 5; ++i) {
    AssessScratch fresh;
    Assessment alone;
    assessor.Assess({.logits = std::span(batch.logits).subspan(i * 10, 10),
                     .features = std::span(batch.features).subspan(i * 64, 64),
                     .x = std::span(batch.x).subspan(i * 81, 81)},
                    fresh, alone);
    EXPECT_EQ(alone.signals, together[i].signals);
    EXPECT_EQ(alone.logit, together[i].logit);
    EXPECT_EQ(alone.verdict, together[i].verdict);
  }
}

TEST(Assess, OutputThatIsNotFiniteHasNoClass) {
  const ProfileShape shape{.bank_rows = 40, .side = 8, .components = 4};
  const Assessor assessor(RandomProfile(shape));
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    for (const bool in_logits : {true, false}) {
      Batch batch = RandomBatch(shape, 1);
      (in_logits ? batch.logits : batch.features)[7] = bad;
      const auto out = AssessRows(assessor, batch.logits, batch.features, batch.x);
      EXPECT_FALSE(out[0].valid);
    }
  }
}

TEST(Assess, ProbabilitiesAreTheScaledSoftmax) {
  ProfileShape shape{.classes = 2, .bank_rows = 40, .side = 8, .components = 4};
  Profile profile = RandomProfile(shape);
  profile.temperature = 2;
  const Assessor assessor(std::move(profile));
  Batch batch = RandomBatch(shape, 1);
  batch.logits = {3, 1};
  const auto out = AssessRows(assessor, batch.logits, batch.features, batch.x);
  EXPECT_EQ(out[0].predicted, 0U);
  EXPECT_NEAR(out[0].probabilities[0], 0.7310586, 1e-6);
  EXPECT_NEAR(out[0].signals[kMargin], 1, 1e-6);
}

TEST(Assess, ManyClassesShareOneCovariance) {
  const ProfileShape shape{
      .classes = 1000, .feature_size = 8, .bank_rows = 64, .side = 8, .components = 4};
  const Profile profile = RandomProfile(shape);
  const Assessor assessor(profile);
  const Batch batch = RandomBatch(shape, 1);
  const auto out = AssessRows(assessor, batch.logits, batch.features, batch.x);
  ASSERT_TRUE(out[0].valid);

  std::vector<double> tau(4);
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t i = 0; i < 64; ++i) {
      tau[k] += static_cast<double>(profile.pca_basis[k * 64 + i]) *
                static_cast<double>(batch.x[i] - profile.pca_mean[i]);
    }
  }
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < 1000; ++c) {
    double distance = 0;
    for (std::size_t r = 0; r < 4; ++r) {
      double white = 0;
      for (std::size_t k = 0; k <= r; ++k) {
        white += static_cast<double>(profile.shape.factor[r * 4 + k]) *
                 (tau[k] - static_cast<double>(profile.shape.mean[c * 4 + k]));
      }
      distance += white * white;
    }
    nearest = std::min(nearest, distance);
  }
  EXPECT_NEAR(out[0].signals[kShapeNearness], -std::log(nearest + 1e-3), 1e-4);
}

TEST(Assess, ClassWithoutRowsIsSaid) {
  const ProfileShape shape{.classes = 3, .bank_rows = 40, .side = 8, .components = 4};
  Profile profile = RandomProfile(shape);
  profile.present[2] = 0;
  const Assessor assessor(std::move(profile));
  Batch batch = RandomBatch(shape, 1);
  batch.logits = {0, 0, 9};
  const auto out = AssessRows(assessor, batch.logits, batch.features, batch.x);
  EXPECT_EQ(out[0].signals[kSecondOpinion], -50);
  EXPECT_TRUE(out[0].reasons.contains(Reason::kClassNotCalibrated));
}

TEST(Assess, AllBlackPictureAndZeroFeaturesStayFinite) {
  const ProfileShape shape{.bank_rows = 40, .side = 8, .components = 4};
  const Assessor assessor(RandomProfile(shape));
  Batch batch = RandomBatch(shape, 1);
  std::fill(batch.x.begin(), batch.x.end(), 0.0F);
  std::fill(batch.features.begin(), batch.features.end(), 0.0F);
  const auto out = AssessRows(assessor, batch.logits, batch.features, batch.x);
  ASSERT_TRUE(out[0].valid);
  EXPECT_NEAR(out[0].signals[kFeatureNearness], 0, 1e-5);
  for (const double s : out[0].signals) EXPECT_TRUE(std::isfinite(s));
  EXPECT_TRUE(std::isfinite(out[0].logit));
}

// The published confidence falls with unfamiliarity, and with what was found on the way.
TEST(Assess, ConfidenceIsPCorrectTimesTheOddsOfTheKnown) {
  const ProfileShape shape{.bank_rows = 70, .side = 9, .components = 5};
  const Batch batch = RandomBatch(shape, 40);
  Profile profile = RandomProfile(shape);
  const Assessor assessor(profile);
  profile.foreign_share = 0;
  const Assessor trusting(profile);
  AssessScratch scratch;
  Assessment none, doubtful, foreign, off;
  for (std::size_t i = 0; i < 40; ++i) {
    AssessInput row = {.logits = std::span(batch.logits).subspan(i * 10, 10),
                       .features = std::span(batch.features).subspan(i * 64, 64),
                       .x = std::span(batch.x).subspan(i * 81, 81)};
    assessor.Assess(row, scratch, none);
    trusting.Assess(row, scratch, off);
    row.doubt = Doubt::kDoubtful;
    assessor.Assess(row, scratch, doubtful);
    row.doubt = Doubt::kForeign;
    assessor.Assess(row, scratch, foreign);
    EXPECT_EQ(off.confidence, none.p_correct);
    EXPECT_LT(none.confidence, none.p_correct);
    EXPECT_LT(doubtful.confidence, none.confidence);
    EXPECT_LT(foreign.confidence, 0.01);
    EXPECT_EQ(doubtful.p_correct, none.p_correct);
    EXPECT_EQ(foreign.verdict, Verdict::kUnfamiliar);
  }
}

TEST(PackedMatrix, MultipliesAndMeasuresDistancesOfAnyShape) {
  for (const std::size_t rows : {1U, 31U, 32U, 33U, 70U}) {
    for (const std::size_t cols : {1U, 2U, 7U}) {
      std::vector<float> values(rows * cols), x(cols);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 13);
      for (std::size_t j = 0; j < cols; ++j) x[j] = static_cast<float>(j + 1);
      const PackedMatrix matrix(values, cols);
      std::vector<float> product(matrix.padded_rows()), distance(matrix.padded_rows());
      matrix.Multiply(x.data(), product.data());
      matrix.SquaredDistances(x.data(), distance.data());
      for (std::size_t i = 0; i < product.size(); ++i) {
        float expected_product = 0, expected_distance = 0;
        for (std::size_t j = 0; j < cols; ++j) {
          const float value = i < rows ? values[i * cols + j] : 0;
          expected_product += value * x[j];
          expected_distance += (value - x[j]) * (value - x[j]);
        }
        EXPECT_EQ(product[i], expected_product);
        EXPECT_EQ(distance[i], expected_distance);
      }
    }
  }
}

TEST(Thumbnail, EqualChannelsAreThatChannel) {
  std::vector<std::uint8_t> grey(16), triple;
  for (std::size_t i = 0; i < 16; ++i) {
    grey[i] = static_cast<std::uint8_t>(15 * i);
    triple.insert(triple.end(), 3, grey[i]);
  }
  std::vector<float> a(16), b(16);
  MakeThumbnail(std::span<const std::uint8_t>(grey), {.height = 4, .width = 4, .channels = 1}, a);
  MakeThumbnail(std::span<const std::uint8_t>(triple), {.height = 4, .width = 4, .channels = 3}, b);
  EXPECT_EQ(a, b);
  EXPECT_EQ(a[1], 15.0F / 255.0F);
}

TEST(Thumbnail, ShrinksByAreaAveraging) {
  const PictureShape shape{.height = 64, .width = 48, .channels = 1};
  EXPECT_EQ(ThumbnailShape(shape), (PictureShape{.height = 32, .width = 24, .channels = 1}));
  std::vector<std::uint8_t> picture(64 * 48, 0);
  picture[0] = 255;
  picture[49] = 255;
  std::vector<float> x(32 * 24);
  MakeThumbnail(std::span<const std::uint8_t>(picture), shape, x);
  EXPECT_NEAR(x[0], 0.5, 1e-6);
  EXPECT_EQ(x[1], 0);
}

TEST(Thumbnail, TinyPicturesHaveNoPixelSide) {
  EXPECT_EQ(ThumbnailShape({.height = 3, .width = 100}).size(), 0U);
}

}  // namespace
}  // namespace credence::reliability
