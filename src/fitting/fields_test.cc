#include "fitting/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "fitting/fit.h"
#include "fitting/testing.h"
#include "reliability/logits.h"

namespace credence::fitting {
namespace {

using reliability::Sigmoid;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(MakeFields, TakesEachPlaceOnce) {
  std::vector<std::size_t> places(23);
  std::iota(places.begin(), places.end(), std::size_t{100});
  const Fields fields = MakeFields(4, places, 5);
  ASSERT_EQ(fields.size(), 4U);
  std::vector<std::size_t> taken;
  for (const auto& field : fields) taken.insert(taken.end(), field.begin(), field.end());
  EXPECT_EQ(taken.size(), 20U);
  std::ranges::sort(taken);
  EXPECT_EQ(std::ranges::unique(taken).begin(), taken.end());
  EXPECT_NE(fields, MakeFields(5, places, 5));
}

TEST(GivenFields, AreTheWholeGroupsInOrder) {
  const std::vector<std::int32_t> groups = {7, 8, 7, 9, 8, 6, 6};
  auto fields = GivenFields(groups, std::vector<std::int32_t>{6});
  ASSERT_EQ(fields.size(), 1U);  // 9 is one picture, 6 has lost one
  EXPECT_THAT(fields[2], ElementsAre(ElementsAre(0, 2), ElementsAre(1, 4)));
}

// Pictures whose logits promise more than is true, in halves of n.
struct Half {
  std::vector<double> logits, chance, u;  // chance: of being right
};
double TrueChance(double logit) { return Sigmoid(0.9 * logit); }
Half DrawHalf(std::uint64_t seed, std::size_t n) {
  Half half;
  for (std::size_t i = 0; i < n; ++i) {
    const double logit = 5 + 1.5 * NormalAt(seed, i);
    half.logits.push_back(logit);
    half.chance.push_back(TrueChance(logit));
    half.u.push_back(UniformAt(seed + 1, i));
  }
  return half;
}

reliability::VerdictRule PictureRule() {
  reliability::VerdictRule rule;
  for (const double risk : reliability::kRiskLadder) {
    rule.rungs.push_back({.risk = risk, .theta = 2.2, .share = 0.9});
  }
  rule.rung = 3;
  return rule;
}

Result<CertifiedFields> CertifyDrawn(std::uint64_t seed, std::size_t n, std::size_t length) {
  const Half a = DrawHalf(SubSeed(seed, 0), n);
  const Half b = DrawHalf(SubSeed(seed, 1), n);
  std::vector<reliability::Assessment> rows(n);
  std::vector<std::int32_t> labels(n);
  for (std::size_t i = 0; i < n; ++i) {
    rows[i].logit = b.logits[i];
    rows[i].unfamiliarity = b.u[i];
    rows[i].familiarity = 1 - b.u[i];
    labels[i] = UniformAt(SubSeed(seed, 2), i) < b.chance[i] ? 0 : 1;
  }
  Split split;
  split.certify.resize(n);
  std::iota(split.certify.begin(), split.certify.end(), std::size_t{0});
  return CertifyFields({.seed = seed,
                        .split = &split,
                        .groups = {},
                        .torn = {},
                        .logits_a = a.logits,
                        .rows_b = rows,
                        .labels_b = labels},
                       {.lengths = {length}}, PictureRule(), 0.05);
}

// The true error rate of sound fields above each logit.
class Truth {
 public:
  Truth(std::size_t fields, std::size_t length) {
    const Half pictures = DrawHalf(99, fields * length);
    for (std::size_t i = 0; i < fields; ++i) {
      const auto logits = std::span(pictures.logits).subspan(i * length, length);
      if (*std::ranges::min_element(logits) < 2.2) continue;
      double right = 1;
      for (std::size_t j = 0; j < length; ++j) right *= pictures.chance[i * length + j];
      fields_.emplace_back(reliability::FieldLogit(logits), 1 - right);
    }
    std::ranges::sort(fields_, std::greater<>());
  }
  double RiskAbove(double theta) const {
    double risk = 0, n = 0;
    for (const auto& [logit, wrong] : fields_) {
      if (logit < theta) break;
      risk += wrong;
      n += 1;
    }
    return n == 0 ? 0 : risk / n;
  }

 private:
  std::vector<std::pair<double, double>> fields_;
};

TEST(CertifyFields, CertificatesHoldAsOftenAsPromised) {
  constexpr std::size_t kLength = 3;
  const Truth truth(20'000, kLength);
  constexpr int kCalibrations = 120;
  int broken = 0, certified = 0;
  for (std::uint64_t seed = 0; seed < kCalibrations; ++seed) {
    const auto done = CertifyDrawn(1000 + seed, 1500, kLength);
    ASSERT_TRUE(done.ok()) << done.error().message;
    bool holds = true;
    for (const reliability::Rung& rung : done->certificates.at(0).rule.rungs) {
      if (!rung.theta) continue;
      ++certified;
      holds = holds && truth.RiskAbove(*rung.theta) <= rung.risk;
    }
    broken += holds ? 0 : 1;
  }
  EXPECT_GT(certified, kCalibrations);  // more than one risk a calibration
  EXPECT_LE(broken, 12);                // promised: 5 % of 120; 12 or more have a chance of 2 %
}

TEST(CertifyFields, ShareAndFamiliarityAreThoseOfFields) {
  const auto done = CertifyDrawn(5, 1503, 3);
  ASSERT_TRUE(done.ok());
  const reliability::FieldCertificate& certificate = done->certificates.at(0);
  EXPECT_EQ(certificate.u_sorted.size(), 501U);
  EXPECT_FALSE(certificate.given);
  // The median of the largest of three uniform numbers is .5^(1/3).
  EXPECT_NEAR(certificate.u_sorted[250], 0.794, 0.03);
  EXPECT_EQ(certificate.rule.alpha_unfamiliar, 0.01);
  EXPECT_EQ(done->searches.at(0).fields, 501U);
}

TEST(CertifyFields, RefusesWhatItCannotCertify) {
  EXPECT_THAT(CertifyDrawn(5, 25, 3).error().message,
              HasSubstr("fields of 3 need 30 certifying pictures; there are 25"));
  EXPECT_THAT(CertifyDrawn(5, 1000, 65).error().message, HasSubstr("they have 2 to 64"));
}

FitOptions FieldsOf(FieldOptions fields) {
  FitOptions options;
  options.fields = std::move(fields);
  return options;
}

TEST(Fit, FieldsAreAddedAndChangeNothingElse) {
  const World world = MakeWorld({.rows = 400});
  const auto plain = FitProfile(world.rows(), world.run_model(), {});
  auto with = FitProfile(world.rows(), world.run_model(), FieldsOf({.lengths = {4, 2}}));
  ASSERT_TRUE(with.ok()) << with.error().message;
  ASSERT_EQ(with->profile.fields.size(), 2U);
  EXPECT_EQ(with->profile.fields[0].length, 2U);
  EXPECT_EQ(with->profile.fields[0].u_sorted.size(), 100U);
  EXPECT_EQ(with->profile.fields[1].u_sorted.size(), 50U);
  EXPECT_EQ(with->profile.FindField(4), &with->profile.fields[1]);
  EXPECT_EQ(with->profile.FindField(3), nullptr);
  with->profile.fields.clear();
  EXPECT_EQ(reliability::Serialize(with->profile), reliability::Serialize(plain->profile));
}

TEST(Fit, GroupsCanBeFields) {
  const World world = MakeWorld({.rows = 400});
  CalibrationRows rows = world.rows();
  const auto refused = FitProfile(rows, world.run_model(), FieldsOf({.given = true}));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("the data has none"));
  std::vector<std::int32_t> groups;
  for (std::int32_t i = 0; i < 400; ++i) groups.push_back(i / 4);
  const std::vector<std::int32_t> torn = {0, 1, 2};
  rows.groups = groups;
  rows.torn = torn;
  const auto fitted = FitProfile(rows, world.run_model(), FieldsOf({.given = true}));
  ASSERT_TRUE(fitted.ok()) << fitted.error().message;
  ASSERT_EQ(fitted->profile.fields.size(), 1U);
  const reliability::FieldCertificate& field = fitted->profile.fields[0];
  EXPECT_EQ(field.length, 4U);
  EXPECT_TRUE(field.given);
  const auto torn_in_b = std::ranges::count_if(torn, [&](std::int32_t group) {
    return std::ranges::count(fitted->report.split.b, static_cast<std::size_t>(group) * 4) == 1;
  });
  EXPECT_EQ(field.u_sorted.size(),
            fitted->report.split.groups_b - static_cast<std::size_t>(torn_in_b));
  EXPECT_THAT(fitted->report.warnings, testing::Contains(HasSubstr("fields of 4 pictures")));
}

TEST(MakeFieldCard, CountsWhatCarriesEachRisk) {
  reliability::FieldCertificate certificate = {.length = 2, .rule = PictureRule()};
  certificate.rule.rungs[0].theta.reset();
  std::vector<reliability::FieldAssessment> fields(4);
  fields[0].certified_risk = 0.01;
  fields[0].verdict = reliability::Verdict::kReliable;
  fields[1].certified_risk = 0.10;
  fields[1].verdict = fields[2].verdict = reliability::Verdict::kUncertain;
  fields[3].verdict = reliability::Verdict::kUnfamiliar;
  for (auto& field : fields) field.p_correct = 0.5;
  const FieldCard card = MakeFieldCard(certificate, fields, std::vector<int>{1, 0, 1, 1});
  EXPECT_EQ(card.right.value, 0.75);
  EXPECT_EQ(card.reliable.value, 0.25);
  EXPECT_EQ(card.error_among_reliable.value, 0);
  EXPECT_EQ(card.unfamiliar.value, 0.25);
  EXPECT_FALSE(card.rungs[0].certified);
  EXPECT_EQ(card.rungs[1].share.value, 0.25);
  EXPECT_EQ(card.rungs[4].share.value, 0.5);
  EXPECT_EQ(card.rungs[4].error.value, 0.5);
  EXPECT_TRUE(card.rungs[3].chosen);
}

}  // namespace
}  // namespace credence::fitting
