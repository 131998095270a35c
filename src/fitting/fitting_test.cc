// Golden vectors of what learns: random numbers, temperature, scaling, pixel model, bank,
// regression.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "base/random.h"
#include "fitting/bank.h"
#include "fitting/choose_scaling.h"
#include "fitting/class_gaussians.h"
#include "fitting/corrupt.h"
#include "fitting/hidden_groups.h"
#include "fitting/logistic.h"
#include "fitting/pca.h"
#include "fitting/split.h"
#include "fitting/streams.h"
#include "fitting/temperature.h"
#include "reliability/golden.h"
#include "reliability/image_stats.h"
#include "reliability/logits.h"
#include "reliability/signals.h"

namespace credence::fitting {
namespace {

using nlohmann::json;

Matrix ToMatrix(const json& rows) {
  Matrix m(rows.size(), rows.at(0).size());
  for (std::size_t i = 0; i < m.rows; ++i) {
    const std::vector<double> row = reliability::Doubles(rows.at(i));
    std::copy(row.begin(), row.end(), m.row(i).begin());
  }
  return m;
}

TEST(Random, GoldenStreams) {
  const json golden = reliability::Golden("rng.json");
  for (const json& stream : golden.at("streams")) {
    const std::uint64_t seed = std::stoull(stream.at("seed").get<std::string>());
    for (std::size_t i = 0; i < stream.at("draws").size(); ++i) {
      EXPECT_EQ(DrawAt(seed, i), std::stoull(stream.at("draws")[i].get<std::string>()));
      EXPECT_DOUBLE_EQ(UniformAt(seed, i), stream.at("uniforms")[i].get<double>());
    }
    for (std::size_t i = 0; i < stream.at("normals").size(); ++i) {
      EXPECT_NEAR(NormalAt(seed, i), stream.at("normals")[i].get<double>(), 1e-12);
    }
    for (std::size_t i = 0; i < stream.at("subseeds").size(); ++i) {
      EXPECT_EQ(SubSeed(seed, i), std::stoull(stream.at("subseeds")[i].get<std::string>()));
    }
    EXPECT_EQ(Permutation(seed, 12),
              stream.at("permutation_of_12").get<std::vector<std::size_t>>());
  }
}

TEST(Split, ReferenceRowsOfSeedZero) {
  const Split split = SplitRows(0, 5000);
  EXPECT_EQ(std::vector<std::size_t>(split.a.begin(), split.a.begin() + 10),
            (std::vector<std::size_t>{2, 5, 7, 8, 10, 11, 12, 15, 19, 26}));
  EXPECT_EQ(std::vector<std::size_t>(split.b.begin(), split.b.begin() + 10),
            (std::vector<std::size_t>{0, 1, 3, 4, 6, 9, 13, 14, 16, 17}));
}

TEST(Split, OddRowGoesToB) {
  const Split split = SplitRows(7, 101);
  EXPECT_EQ(split.a.size(), 50U);
  EXPECT_EQ(split.b.size(), 51U);
}

TEST(Split, GoldenGroups) {
  const json golden = reliability::Golden("groups.json");
  for (const json& c : golden.at("cases")) {
    const std::uint64_t seed = std::stoull(c.at("seed").get<std::string>());
    std::map<json, std::int32_t> numbers;
    std::vector<std::int32_t> groups;
    for (const json& name : c.at("group")) {
      groups.push_back(
          numbers.emplace(name, static_cast<std::int32_t>(numbers.size())).first->second);
    }
    const Split split = SplitRows(seed, groups.size(), groups);
    using Rows = std::vector<std::size_t>;
    EXPECT_EQ(split.a, c.at("A").get<Rows>());
    EXPECT_EQ(split.b, c.at("B").get<Rows>());
    EXPECT_EQ(split.group_a, c.at("group_of_A").get<Rows>());
    EXPECT_EQ(split.group_b, c.at("group_of_B").get<Rows>());
    EXPECT_EQ(split.certify, c.at("representatives_in_B").get<Rows>());
    const Rows order = Permutation(StreamSeed(seed, Stream::kFolds), split.groups_a);
    Rows folds;
    for (const std::size_t group : split.group_a) folds.push_back(order[group] % 5);
    EXPECT_EQ(folds, c.at("fold_of_A").get<Rows>());
  }
}

// Groups of all sizes: none is divided, one row of each certifies, and names do not matter.
TEST(Split, NeverDividesAGroup) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    std::vector<std::int32_t> groups, renamed;
    for (std::size_t i = 0; i < 400; ++i) {
      const double u = UniformAt(SubSeed(77, seed), i);
      groups.push_back(static_cast<std::int32_t>(40 * u * u));
      renamed.push_back(1000 - 7 * groups.back());
    }
    const Split split = SplitRows(seed, groups.size(), groups);
    EXPECT_EQ(split.a.size() + split.b.size(), 400U);
    EXPECT_GE(split.a.size(), 200U);
    std::set<std::int32_t> in_a, certifying;
    for (const std::size_t row : split.a) in_a.insert(groups[row]);
    for (const std::size_t row : split.b) EXPECT_FALSE(in_a.contains(groups[row]));
    for (const std::size_t place : split.certify) {
      EXPECT_TRUE(certifying.insert(groups[split.b[place]]).second);
    }
    EXPECT_EQ(certifying.size(), split.groups_b);
    EXPECT_EQ(SplitRows(seed, renamed.size(), renamed).a, split.a);
  }
}

TEST(HiddenGroups, GoldenAlarms) {
  const json golden = reliability::Golden("hidden_groups.json");
  for (const json& c : golden.at("cases")) {
    const std::vector<float> x = reliability::FloatRows(c.at("vectors"));
    const auto labels = c.at("labels").get<std::vector<std::int32_t>>();
    const Split split = SplitRows(c.at("seed_of_split").get<std::uint64_t>(), labels.size());
    const Suspicion found = SuspectGroups(
        {.x = x, .size = c.at("vectors")[0].size(), .labels = labels, .centred = true}, split);
    EXPECT_NEAR(found.beside, c.at("adjacent").get<double>(), 1e-12);
    EXPECT_NEAR(found.by_chance, c.at("expected").get<double>(), 1e-12);
    EXPECT_NEAR(found.verdict.order_excess, c.at("excess").get<double>(), 1e-6);
    EXPECT_EQ(found.verdict.by_order, c.at("alarm_order").get<bool>());
    EXPECT_EQ(found.distance_rows, c.at("rows_with_ten").get<std::size_t>());
    if (!c.at("median_log_ratio").is_null()) {
      EXPECT_NEAR(found.verdict.distance_median, c.at("median_log_ratio").get<double>(), 1e-5);
    }
    EXPECT_EQ(found.verdict.by_distance, c.at("alarm_distance").get<bool>());
  }
}

TEST(Temperature, GoldenCases) {
  const json golden = reliability::Golden("temperature.json");
  for (const json& c : golden.at("cases")) {
    const std::vector<float> logits = reliability::FloatRows(c.at("logits"));
    const auto labels = c.at("labels").get<std::vector<std::int32_t>>();
    const std::size_t classes = logits.size() / labels.size();
    const double t = FitTemperature(logits, classes, labels).temperature;
    reliability::ExpectRelative(t / c.at("T").get<double>(), 1,
                                golden.at("tolerance_relative").get<double>());
    double nll = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      nll += reliability::NegativeLogLikelihood(std::span(logits).subspan(i * classes, classes), t,
                                                static_cast<std::size_t>(labels[i]));
    }
    EXPECT_NEAR(nll / static_cast<double>(labels.size()), c.at("mean_nll_at_T").get<double>(),
                1e-5);
  }
}

TEST(Scaling, GoldenCriteriaAndChoice) {
  const json golden = reliability::Golden("scaling.json");
  const std::vector<double> weights = [&] {
    std::vector<double> all;
    for (const json& row : golden.at("weights")) {
      for (const double w : reliability::Doubles(row)) all.push_back(w);
    }
    return all;
  }();
  const auto labels = golden.at("labels").get<std::vector<std::int32_t>>();
  struct Candidate {
    const char* name;
    double mean, sd;
  };
  std::vector<double> criteria;
  for (const Candidate& s : {Candidate{"unit", 0, 1}, Candidate{"raw", 0, 1.0 / 255},
                             Candidate{"symmetric", .5, .5}, Candidate{"standard", .5, .29}}) {
    std::vector<float> logits;
    for (const json& row : golden.at("pixels")) {
      for (std::size_t k = 0; k < 3; ++k) {
        double z = 0;
        for (std::size_t j = 0; j < 4; ++j) {
          z += (row[j].get<double>() / 255 - s.mean) / s.sd * weights[j * 3 + k];
        }
        logits.push_back(static_cast<float>(z));
      }
    }
    const TemperatureFit fit = FitTemperature(logits, 3, labels);
    const json& expected = golden.at("candidates").at(s.name);
    reliability::ExpectRelative(fit.criterion, expected.at("criterion").get<double>(), 1e-5);
    reliability::ExpectRelative(fit.temperature / expected.at("T").get<double>(), 1, 1e-5);
    criteria.push_back(fit.criterion);
  }
  const Result<ScalingChoice> choice = ChooseScaling(criteria, 3);
  ASSERT_TRUE(choice.ok());
  EXPECT_EQ(choice->index, 2U);  // symmetric
  EXPECT_NEAR(choice->margin, 0.5420866507923896 - 0.5384250561024506, 1e-5);
  EXPECT_TRUE(choice->ambiguous);
}

TEST(Scaling, RefusesWhatIsNoBetterThanGuessing) {
  const Result<ScalingChoice> choice = ChooseScaling(std::vector<double>{2.4, 2.31}, 10);
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(choice.error().code, Code::kFailedPrecondition);
  EXPECT_NE(choice.error().message.find("2.310"), std::string::npos);
}

TEST(Scaling, EarlierCandidateWinsTies) {
  EXPECT_EQ(ChooseScaling(std::vector<double>{0.5, 0.2, 0.2 - 1e-10}, 10)->index, 1U);
}

TEST(Scaling, CandidatesInOrder) {
  const std::vector<std::uint8_t> levels = {0, 255};
  const std::vector<reliability::Scaling> candidates = ScalingCandidates(levels, 1);
  ASSERT_EQ(candidates.size(), 8U);
  EXPECT_EQ(candidates[2].name, "-1..1");
  EXPECT_EQ(candidates[3].mean[0], 0.5);
  EXPECT_NEAR(candidates[3].sd[0], 0.5, 1e-8);
  EXPECT_FALSE(candidates[3].inverted);
  EXPECT_TRUE(candidates[4].inverted);
}

TEST(PixelModel, GoldenDistances) {
  const json golden = reliability::Golden("gaussians.json");
  const Matrix x = ToMatrix(golden.at("X"));
  const auto labels = golden.at("labels").get<std::vector<std::int32_t>>();
  const Pca pca = FitPca(x, 3);
  for (std::size_t k = 0; k < 3; ++k) {
    reliability::ExpectRelative(pca.eigenvalues[k], golden.at("eigenvalues_top")[k].get<double>(),
                                1e-9);
  }
  Matrix tau(x.rows, 3);
  for (std::size_t i = 0; i < x.rows; ++i) {
    const std::vector<double> scores = Project(pca, x.row(i));
    std::copy(scores.begin(), scores.end(), tau.row(i).begin());
  }
  const ClassGaussians g = FitClassGaussians(tau, labels, 4, std::vector<bool>(x.rows, true));
  const Matrix queries = ToMatrix(golden.at("queries"));
  for (std::size_t i = 0; i < queries.rows; ++i) {
    const std::vector<double> distance = Mahalanobis(g, Project(pca, queries.row(i)));
    const std::vector<double> likelihood = LogLikelihood(g, distance);
    for (std::size_t c = 0; c < 4; ++c) {
      reliability::ExpectRelative(distance[c], golden.at("mahalanobis2")[i][c].get<double>(), 1e-4);
      reliability::ExpectRelative(
          likelihood[c], golden.at("log_likelihood_without_constant")[i][c].get<double>(), 1e-4);
    }
    const auto predicted = golden.at("predicted")[i].get<std::size_t>();
    reliability::ExpectRelative(SecondOpinion(likelihood, predicted),
                                golden.at("q")[i].get<double>(), 1e-4);
    reliability::ExpectRelative(
        reliability::NearnessSignal(*std::min_element(distance.begin(), distance.end())),
        golden.at("d_sub")[i].get<double>(), 1e-4);
  }
}

TEST(PixelModel, ClassWithoutRowsIsInfinitelyFar) {
  Matrix x(4, 1);
  x.values = {0, 1, 0, 1};
  const std::vector<std::int32_t> labels = {0, 0, 0, 0};
  const ClassGaussians g = FitClassGaussians(x, labels, 2, std::vector<bool>(4, true));
  const std::vector<double> likelihood = LogLikelihood(g, Mahalanobis(g, std::vector<double>{0.5}));
  EXPECT_EQ(SecondOpinion(likelihood, 0), 50);
  EXPECT_EQ(SecondOpinion(likelihood, 1), -50);
}

void ExpectNeighbours(const reliability::Neighbours& n, const json& expected) {
  EXPECT_NEAR(n.nearest, expected.at("nearest").get<double>(), 1e-6);
  EXPECT_NEAR(n.same, expected.at("same_class").get<double>(), 1e-6);
  EXPECT_NEAR(n.other, expected.at("other_class").get<double>(), 1e-6);
}

class GoldenBank : public testing::Test {
 protected:
  explicit GoldenBank(const char* file = "knn.json")
      : golden_(reliability::Golden(file)), bank_(ToMatrix(golden_.at("bank"))) {
    for (std::size_t i = 0; i < bank_.rows; ++i) Unit(bank_.row(i), bank_.row(i));
    labels_ = golden_.at("bank_labels").get<std::vector<std::int32_t>>();
  }
  static void Unit(std::span<const double> from, std::span<double> to) {
    const std::vector<float> features(from.begin(), from.end());
    std::vector<float> unit(features.size());
    reliability::Normalise(features, unit);
    std::copy(unit.begin(), unit.end(), to.begin());
  }
  json golden_;
  Matrix bank_;
  std::vector<std::int32_t> labels_;
};

TEST_F(GoldenBank, Queries) {
  const Matrix queries = ToMatrix(golden_.at("queries"));
  for (std::size_t i = 0; i < queries.rows; ++i) {
    std::vector<double> unit(bank_.cols);
    Unit(queries.row(i), unit);
    const reliability::Neighbours n =
        FindNeighbours(bank_, labels_, unit, golden_.at("predicted")[i].get<std::int32_t>());
    const json& expected = golden_.at("result")[i];
    ExpectNeighbours(n, expected);
    EXPECT_NEAR(reliability::NeighbourRatioSignal(n), expected.at("t").get<double>(), 1e-3);
    EXPECT_NEAR(reliability::FeatureNearnessSignal(n), expected.at("d_fea").get<double>(), 0.2);
  }
}

TEST_F(GoldenBank, LeaveOneOut) {
  const json& golden = golden_.at("leave_one_out");
  std::vector<std::size_t> own(bank_.rows);
  std::iota(own.begin(), own.end(), std::size_t{0});
  for (std::size_t i = 0; i < golden.at("queries_are_bank_rows").size(); ++i) {
    const auto row = golden.at("queries_are_bank_rows")[i].get<std::size_t>();
    const reliability::Neighbours n = FindNeighbours(bank_, labels_, bank_.row(row),
                                                     golden.at("predicted")[i].get<std::int32_t>(),
                                                     LeftOut{.groups = own, .group = row});
    ExpectNeighbours(n, golden.at("result")[i]);
    EXPECT_NEAR(reliability::NeighbourRatioSignal(n), golden.at("result")[i].at("t").get<double>(),
                1e-4);
    EXPECT_NEAR(reliability::FeatureNearnessSignal(n),
                golden.at("result")[i].at("d_fea").get<double>(), 1e-4);
  }
}

class GoldenGroupedBank : public GoldenBank {
 protected:
  GoldenGroupedBank() : GoldenBank("knn_groups.json") {}
};

TEST_F(GoldenGroupedBank, ARowDoesNotSeeItsGroup) {
  const auto groups = golden_.at("bank_group").get<std::vector<std::size_t>>();
  const Matrix queries = ToMatrix(golden_.at("queries"));
  for (std::size_t i = 0; i < queries.rows; ++i) {
    std::vector<double> unit(bank_.cols);
    Unit(queries.row(i), unit);
    const reliability::Neighbours n = FindNeighbours(
        bank_, labels_, unit, golden_.at("predicted")[i].get<std::int32_t>(),
        LeftOut{.groups = groups, .group = golden_.at("query_group")[i].get<std::size_t>()});
    const json& expected = golden_.at("result")[i];
    ExpectNeighbours(n, expected);
    EXPECT_NEAR(reliability::NeighbourRatioSignal(n), expected.at("t").get<double>(), 1e-4);
    EXPECT_NEAR(reliability::FeatureNearnessSignal(n), expected.at("d_fea").get<double>(), 1e-4);
  }
}

TEST(Corrupt, GoldenCopies) {
  const json golden = reliability::Golden("copies.json");
  const reliability::PictureShape shape{.height = 9, .width = 9, .channels = 1};
  for (const json& c : golden.at("cases")) {
    const auto source = c.at("source").get<std::size_t>();
    std::vector<std::uint8_t> picture;
    for (std::size_t i = 0; i < 9; ++i) {
      for (std::size_t j = 0; j < 9; ++j) {
        picture.push_back(static_cast<std::uint8_t>((31 * i + 17 * j + 97 * source + i * j) % 256));
      }
    }
    const Corruption corruption = DrawCorruption(42, c.at("k").get<std::size_t>());
    EXPECT_EQ(DamageName(corruption.damage), c.at("type").get<std::string>());
    EXPECT_DOUBLE_EQ(corruption.severity, c.at("severity").get<double>());
    EXPECT_EQ(corruption.brighter, c.at("brighter").get<bool>());
    std::vector<std::uint8_t> out(81);
    Corrupt(corruption, picture, shape, out);
    for (std::size_t i = 0; i < 81; ++i) {
      EXPECT_NEAR(out[i], c.at("output")[i / 9][i % 9].get<int>(), 1) << c.at("k") << " " << i;
    }
  }
}

TEST(Corrupt, EqualChannelsAreDamagedAsOne) {
  std::vector<std::uint8_t> grey;
  std::vector<std::uint8_t> triple;
  for (std::size_t i = 0; i < 64; ++i) {
    grey.push_back(static_cast<std::uint8_t>(4 * i));
    triple.insert(triple.end(), 3, grey.back());
  }
  for (std::size_t k = 0; k < 10; ++k) {
    std::vector<std::uint8_t> out1(64);
    std::vector<std::uint8_t> out3(192);
    Corrupt(DrawCorruption(1, k), grey, {.height = 8, .width = 8, .channels = 1}, out1);
    Corrupt(DrawCorruption(1, k), triple, {.height = 8, .width = 8, .channels = 3}, out3);
    for (std::size_t i = 0; i < 192; ++i) EXPECT_EQ(out3[i], out1[i / 3]);
  }
}

TEST(Logistic, GoldenCoefficients) {
  const json golden = reliability::Golden("head.json");
  for (const json& c : golden.at("cases")) {
    LogisticData data;
    data.x = ToMatrix(c.at("X"));
    data.offset = reliability::Doubles(c.at("offset"));
    data.weight = reliability::Doubles(c.at("weights"));
    data.correct = c.at("y").get<std::vector<std::int32_t>>();
    const LogisticFit fit = FitLogistic(data, c.at("lambda_").get<double>());
    for (std::size_t j = 0; j < fit.beta.size(); ++j) {
      reliability::ExpectRelative(fit.beta[j], c.at("coefficients")[j].get<double>(), 1e-6);
    }
    reliability::ExpectRelative(fit.intercept, c.at("intercept").get<double>(), 1e-6);
    reliability::ExpectRelative(fit.objective, c.at("objective").get<double>(), 1e-9);
    for (std::size_t i = 0; i < 5; ++i) {
      double logit = data.offset[i] + fit.intercept;
      for (std::size_t j = 0; j < fit.beta.size(); ++j) logit += fit.beta[j] * data.x.row(i)[j];
      EXPECT_NEAR(reliability::Sigmoid(logit), c.at("p_first5")[i].get<double>(), 1e-6);
    }
  }
}

TEST(Logistic, StaysFiniteWhenAlwaysRight) {
  LogisticData data;
  data.x = Matrix(50, 1);
  for (std::size_t i = 0; i < 50; ++i) data.x.row(i)[0] = static_cast<double>(i) / 25 - 1;
  data.offset.assign(50, 3);
  data.weight.assign(50, 1);
  data.correct.assign(50, 1);
  const LogisticFit fit = FitLogistic(data, LogisticPenalty(50));
  EXPECT_TRUE(std::isfinite(fit.intercept));
  EXPECT_LT(std::abs(fit.beta[0]), 1);
}

}  // namespace
}  // namespace credence::fitting
