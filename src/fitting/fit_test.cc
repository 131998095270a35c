#include "fitting/fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "fitting/cross_fit.h"
#include "fitting/testing.h"
#include "reliability/assess.h"
#include "reliability/testing.h"

namespace credence::fitting {
namespace {

void ExpectRefused(const World& world, const FitOptions& options, Code code,
                   std::string_view message) {
  const Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), options);
  ASSERT_FALSE(fitted.ok());
  EXPECT_EQ(fitted.error().code, code);
  EXPECT_EQ(fitted.error().message, message);
}

TEST(Fit, RefusesFewerThanHundredRows) {
  ExpectRefused(MakeWorld({.rows = 99}), {}, Code::kInvalidArgument,
                "99 labelled images; calibrate needs at least 100");
}

TEST(Fit, RefusesALabelOutsideTheClasses) {
  World world = MakeWorld({.rows = 120});
  world.labels[17] = 3;
  ExpectRefused(world, {}, Code::kInvalidArgument,
                "row 17 has label 3; the model has classes 0 to 2");
}

TEST(Fit, RefusesOutputsThatAreNotFinite) {
  World world = MakeWorld({.rows = 120});
  world.outputs.logits[3 * 40 + 1] = std::numeric_limits<float>::quiet_NaN();
  ExpectRefused(world, {}, Code::kFailedPrecondition,
                "the model's output for row 40 is not finite");
}

TEST(Fit, RefusesARiskThatIsNone) {
  ExpectRefused(MakeWorld({.rows = 120}), {.risk = 1.5}, Code::kInvalidArgument,
                "target risk 1.5; it must be above 0 and below 0.5");
}

TEST(Fit, PassesOnWhatTheModelSays) {
  const World world = MakeWorld({.rows = 120});
  const Result<Fitted> fitted =
      FitProfile(world.rows(),
                 [](std::span<const std::uint8_t>, std::size_t) -> Result<ModelOutputs> {
                   return Error{Code::kInternal, "engine failed"};
                 },
                 {});
  ASSERT_FALSE(fitted.ok());
  EXPECT_EQ(fitted.error().message, "engine failed");
}

TEST(Fit, SameRowsAndSeedGiveTheSameBytes) {
  const World world = MakeWorld({.rows = 150});
  const auto bytes = [&] {
    return reliability::Serialize(
        FitProfile(world.rows(), world.run_model(), {.seed = 4})->profile);
  };
  EXPECT_EQ(bytes(), bytes());
}

TEST(Fit, CopiesAreCountedByKind) {
  const World world = MakeWorld({.rows = 200});
  const Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
  ASSERT_TRUE(fitted.ok());
  const auto& copies = fitted->report.copies;
  EXPECT_EQ(std::accumulate(copies.begin(), copies.end(), std::size_t{0}), 1000U);
}

TEST(Fit, SmallDataIsWarnedOf) {
  const World world = MakeWorld({.rows = 120});
  const Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
  ASSERT_TRUE(fitted.ok());
  EXPECT_EQ(
      fitted->report.warnings.at(0),
      "only 120 labelled images: usually no answer can be certified as reliable; 1000 or more "
      "are advised");
  EXPECT_NEAR(fitted->profile.rule.alpha_unfamiliar, 1.0 / 61, 1e-12);
}

// Calibrates `rows` rows, of which every `wrong`-th has another label, for a risk of 5 %.
std::vector<std::string> WarningsOf(std::size_t rows, std::size_t wrong) {
  World world = MakeWorld({.rows = rows});
  for (std::size_t i = 0; i < rows; i += wrong) world.labels[i] = (world.labels[i] + 1) % 3;
  return FitProfile(world.rows(), world.run_model(), {.risk = 0.05})->report.warnings;
}

TEST(Fit, SaysWhyNothingIsCertified) {
  using testing::Contains;
  using testing::ContainsRegex;
  EXPECT_THAT(WarningsOf(100, 1000),
              Contains(ContainsRegex("takes 59 confident rows without an error, and the first "
                                     "threshold tested leaves [0-9]+ of 50 .more data")));
  EXPECT_THAT(WarningsOf(400, 4), Contains(ContainsRegex("leaves [0-9]+ of 200 .*wrong labels")));
  EXPECT_THAT(WarningsOf(400, 30),
              Contains(ContainsRegex("tested [1-9][0-9]* of ([6-9]|1[0-9])[0-9] rows are wrong")));
  EXPECT_THAT(WarningsOf(400, 1000), Not(Contains(ContainsRegex("no answer will be reliable"))));
}

TEST(Fit, WorksWithoutFeatures) {
  const World world = MakeWorld({.rows = 150, .feature_size = 0});
  const Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;
  EXPECT_TRUE(std::isnan(fitted->profile.beta[reliability::kFeatureNearness]));
  EXPECT_TRUE(std::isfinite(fitted->profile.beta[reliability::kShapeNearness]));
}

TEST(Fit, WorksWithoutAPixelSide) {
  const World world = MakeWorld({.rows = 150, .shape = {.height = 3, .width = 12, .channels = 1}});
  const Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;
  EXPECT_FALSE(fitted->profile.has_pixels());
  EXPECT_TRUE(reliability::Parse(reliability::Serialize(fitted->profile)).ok());
}

TEST(Fit, AMissingClassIsListed) {
  const World world = MakeWorld({.rows = 200, .classes = 4, .missing_class = 2});
  const Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;
  EXPECT_EQ(fitted->report.missing_classes, (std::vector<std::int32_t>{2}));
}

TEST(Fit, WorksWithTwoClassesAndWithManyMore) {
  for (const std::size_t classes : {std::size_t{2}, std::size_t{150}}) {
    const World world = MakeWorld({.rows = 160, .classes = classes});
    const Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
    ASSERT_TRUE(fitted.ok()) << fitted.error().message;
    EXPECT_TRUE(reliability::Parse(reliability::Serialize(fitted->profile)).ok());
  }
}

TEST(Fit, IdenticalPicturesOnBothSidesAreCounted) {
  World world = MakeWorld({.rows = 150});
  const std::size_t size = world.options.shape.size();
  for (std::size_t i = 1; i < 150; ++i) {
    std::copy_n(world.pictures.begin(), size,
                world.pictures.begin() + static_cast<std::ptrdiff_t>(i * size));
  }
  world.outputs = world.Run(world.pictures, 150);
  const Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;  // constant pixels and signals, too
  EXPECT_EQ(fitted->report.duplicates, 75U);
}

TEST(Fit, RefusesAWrongAnswerThatCostsTooLittle) {
  ExpectRefused(
      MakeWorld({.rows = 120}), {.cost = 1.5}, Code::kInvalidArgument,
      "a wrong accepted answer that costs 1.5 answers of a person; it must be at least 2");
}

// Each picture several times over: by groups only one of them certifies.
struct Repeated {
  explicit Repeated(std::size_t times) : world(MakeWorld({.rows = 240})) {
    const World once = world;
    for (std::size_t t = 1; t < times; ++t) {
      world.pictures.insert(world.pictures.end(), once.pictures.begin(), once.pictures.end());
      world.labels.insert(world.labels.end(), once.labels.begin(), once.labels.end());
    }
    world.outputs = world.Run(world.pictures, world.labels.size());
    for (std::size_t i = 0; i < world.labels.size(); ++i) {
      groups.push_back(static_cast<std::int32_t>(i % 240));
    }
  }
  CalibrationRows rows() const {
    CalibrationRows all = world.rows();
    all.groups = groups;
    return all;
  }
  World world;
  std::vector<std::int32_t> groups;
};

TEST(Fit, OneRowOfEachGroupCertifies) {
  const Repeated repeated(4);
  const Result<Fitted> fitted = FitProfile(repeated.rows(), repeated.world.run_model(), {});
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;
  EXPECT_EQ(fitted->profile.certifying(), 120U);
  EXPECT_EQ(fitted->profile.provenance.groups_b, 120U);
  EXPECT_EQ(fitted->profile.provenance.rows_b, 480U);
  EXPECT_EQ(fitted->report.duplicates, 0U);  // no picture is on both sides
  EXPECT_TRUE(std::isnan(fitted->profile.suspicion.distance_median));
}

TEST(Fit, GroupsThatNobodyNamedAreSuspected) {
  const Repeated repeated(4);
  const Result<Fitted> fitted = FitProfile(repeated.world.rows(), repeated.world.run_model(), {});
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;
  EXPECT_TRUE(fitted->profile.suspicion.by_distance);
  const auto names_them = [](const std::string& warning) {
    return warning.find("name the groups") != std::string::npos;
  };
  EXPECT_TRUE(std::ranges::any_of(fitted->report.warnings, names_them));
}

TEST(Fit, TooFewGroupsAreRefused) {
  Repeated repeated(1);
  for (std::int32_t& group : repeated.groups) group %= 12;
  const Result<Fitted> fitted = FitProfile(repeated.rows(), repeated.world.run_model(), {});
  ASSERT_FALSE(fitted.ok());
  EXPECT_EQ(fitted.error().code, Code::kInvalidArgument);
  EXPECT_NE(fitted.error().message.find("6 groups certify; at least 10"), std::string::npos);
}

class FittedWorld : public testing::Test {
 protected:
  static std::vector<reliability::Assessment> AssessAll(const reliability::Profile& profile,
                                                        const World& world) {
    const reliability::Assessor assessor(profile);
    std::vector<float> x;
    for (const std::uint8_t level : world.pictures) x.push_back(static_cast<float>(level) / 255.0F);
    return reliability::AssessRows(assessor, world.outputs.logits, world.outputs.features, x);
  }
};

TEST_F(FittedWorld, FreshRowsKeepTheGuarantees) {
  const World world = MakeWorld({.rows = 1600});
  const Result<Fitted> fitted = FitProfile(world.rows(), world.run_model(), {});
  ASSERT_TRUE(fitted.ok());
  const World fresh = MakeWorld({.seed = 2, .rows = 1500});
  const std::vector<reliability::Assessment> out = AssessAll(fitted->profile, fresh);
  double flagged = 0;
  double covered = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    flagged += out[i].familiarity <= 0.05 ? 1 : 0;
    const auto& set = out[i].sets[reliability::kCoverage95];
    covered += std::binary_search(set.begin(), set.end(), fresh.labels[i]) ? 1 : 0;
  }
  EXPECT_NEAR(flagged / 1500, 0.05, 0.03);
  EXPECT_GE(covered / 1500, 0.93);
}

// Four frames of each picture: what is promised holds for frames of new pictures.
TEST_F(FittedWorld, NewGroupsKeepTheGuarantees) {
  const Repeated repeated(4);
  const Result<Fitted> fitted = FitProfile(repeated.rows(), repeated.world.run_model(), {});
  ASSERT_TRUE(fitted.ok());
  const World fresh = MakeWorld({.seed = 9, .rows = 1500});
  double flagged = 0;
  double covered = 0;
  std::size_t i = 0;
  for (const reliability::Assessment& row : AssessAll(fitted->profile, fresh)) {
    flagged += row.familiarity <= 0.05 ? 1 : 0;
    const auto& set = row.sets[reliability::kCoverage95];
    covered += std::binary_search(set.begin(), set.end(), fresh.labels[i++]) ? 1 : 0;
  }
  // 120 groups certify: three standard deviations are 0.06.
  EXPECT_LE(flagged / 1500, 0.05 + 0.06);
  EXPECT_GE(covered / 1500, 0.95 - 0.06);
}

TEST_F(FittedWorld, ConfidenceRisesWithTheMarginAlone) {
  const reliability::Profile profile = FittedProfile();
  World row = MakeWorld({.rows = 1});
  reliability::Profile margin_only = profile;
  margin_only.beta = {0, 0, 0, 0, 0, 0, 0};
  double last = 0;
  for (const float top : {1.0F, 2.0F, 3.0F}) {
    row.outputs.logits = {top, 0, 0};
    const double confidence = AssessAll(margin_only, row)[0].p_correct;
    EXPECT_GT(confidence, last);
    last = confidence;
  }
}

// Renaming the classes must not change what is believed of any answer.
TEST_F(FittedWorld, OrderOfClassesDoesNotMatter) {
  World world = MakeWorld({.rows = 200});
  const std::array<std::size_t, 3> renamed = {2, 0, 1};
  World other = world;
  const auto rename = [&](ModelOutputs outputs) {
    const std::vector<float> before = outputs.logits;
    for (std::size_t i = 0; i < before.size(); ++i) {
      outputs.logits[i / 3 * 3 + renamed[i % 3]] = before[i];
    }
    return outputs;
  };
  other.outputs = rename(world.outputs);
  for (std::int32_t& label : other.labels) {
    label = static_cast<std::int32_t>(renamed[static_cast<std::size_t>(label)]);
  }
  const Result<Fitted> one = FitProfile(world.rows(), world.run_model(), {});
  const Result<Fitted> two = FitProfile(
      other.rows(),
      [&](std::span<const std::uint8_t> batch, std::size_t count) -> Result<ModelOutputs> {
        return rename(world.Run(batch, count));
      },
      {});
  ASSERT_TRUE(one.ok() && two.ok());
  const std::vector<reliability::Assessment> a = AssessAll(one->profile, world);
  const std::vector<reliability::Assessment> b = AssessAll(two->profile, other);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(b[i].predicted, renamed[a[i].predicted]);
    EXPECT_NEAR(b[i].confidence, a[i].confidence, 1e-5);
    EXPECT_NEAR(b[i].familiarity, a[i].familiarity, 0.011);
  }
}

// The float32 path against the fit in double. Only what is fitted once, not fold by fold, can
// be compared: the margin and the energy.
TEST(CrossFit, AgreesWithTheAssessor) {
  const World world = MakeWorld({.rows = 200});
  std::vector<std::size_t> own(200);
  std::iota(own.begin(), own.end(), std::size_t{0});
  const LearnRows learn{.picture = world.options.shape,
                        .classes = 3,
                        .feature_size = 4,
                        .temperature = 1.3,
                        .labels = world.labels,
                        .groups = own,
                        .group_count = own.size(),
                        .x =
                            [&] {
                              std::vector<float> x;
                              for (const std::uint8_t level : world.pictures) {
                                x.push_back(static_cast<float>(level) / 255.0F);
                              }
                              return x;
                            }(),
                        .features = world.outputs.features};
  const CrossFit cross_fit(learn, 0);
  reliability::Profile profile = FittedProfile();
  cross_fit.Store(profile);
  profile.temperature = 1.3;
  const reliability::Assessor assessor(std::move(profile));
  reliability::AssessScratch scratch;
  reliability::Assessment out;
  for (std::size_t i = 0; i < 200; ++i) {
    LearnOutput row;
    row.logits = std::span(world.outputs.logits).subspan(i * 3, 3);
    row.features = std::span(learn.features).subspan(i * 4, 4);
    row.x = std::span(learn.x).subspan(i * 64, 64);
    const reliability::Signals expected = cross_fit.Look(i, row).signals;
    assessor.Assess({.logits = row.logits, .features = row.features, .x = row.x}, scratch, out);
    EXPECT_NEAR(out.signals[reliability::kMargin], expected[reliability::kMargin], 1e-5);
    EXPECT_NEAR(out.signals[reliability::kEnergy], expected[reliability::kEnergy], 1e-5);
  }
}

}  // namespace
}  // namespace credence::fitting
