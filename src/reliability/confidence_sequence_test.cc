#include "reliability/confidence_sequence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace credence::reliability {
namespace {

constexpr double kGolden = 1e-8;

// Expected values: tools/golden/make_confidence_sequences.py.
TEST(ConfidenceSequence, ShareIsThatOfScipy) {
  struct Case {
    Share share;
    double alpha, low, high;
  };
  const Case cases[] = {
      {{.hits = 0, .n = 100}, .05, 0, .057028598},
      {{.hits = 100, .n = 100}, .05, .942971402, 1},
      {{.hits = 30, .n = 100}, .05, .165651535, .462839865},
      {{.hits = 9, .n = 1000}, .01, .001574960, .027016962},
      {{.hits = 990'000, .n = 1'000'000}, .01, .989510197, .990474465},
  };
  for (const Case& c : cases) {
    const Interval interval = ShareSequence(c.share, c.alpha);
    EXPECT_NEAR(interval.low, c.low, kGolden) << c.share.hits;
    EXPECT_NEAR(interval.high, c.high, kGolden) << c.share.hits;
  }
}

TEST(ConfidenceSequence, DifferenceIsThatOfScipy) {
  struct Case {
    Share first, second;
    double alpha, low, high;
  };
  const Case cases[] = {
      {{.hits = 80, .n = 100}, {.hits = 850, .n = 1000}, .05, -.255747760, .093885865},
      {{.hits = 0, .n = 50}, {.hits = 0, .n = 500}, .01, -.021399639, .194521938},
      {{.hits = 950, .n = 1000}, {.hits = 900, .n = 1000}, .01, -.007284452, .110209360},
  };
  for (const Case& c : cases) {
    const Interval interval = IndependentDifference(c.first, c.second, c.alpha);
    EXPECT_NEAR(interval.low, c.low, kGolden) << c.first.hits;
    EXPECT_NEAR(interval.high, c.high, kGolden) << c.first.hits;
  }
}

TEST(ConfidenceSequence, PairedDifferenceIsThatOfScipy) {
  struct Case {
    Paired paired;
    double alpha, low, high;
  };
  const Case cases[] = {
      {{.only_first = 5, .only_second = 15, .n = 1000}, .05, -.035120972, .011222162},
      {{.only_first = 0, .only_second = 0, .n = 1000}, .01, -.012132375, .012132375},
      {{.only_first = 50, .only_second = 0, .n = 100}, .01, .285235636, .708617281},
  };
  for (const Case& c : cases) {
    const Interval interval = PairedDifference(c.paired, c.alpha);
    EXPECT_NEAR(interval.low, c.low, kGolden) << c.paired.only_first;
    EXPECT_NEAR(interval.high, c.high, kGolden) << c.paired.only_first;
  }
}

TEST(ConfidenceSequence, EvidenceIsThatOfScipy) {
  EXPECT_NEAR(EvidenceAgainst(Share{.hits = 30, .n = 100}, .5), 5.697094044, kGolden);
  EXPECT_NEAR(EvidenceAgainst({.hits = 80, .n = 100}, {.hits = 850, .n = 1000}, .1), 4.040023775,
              kGolden);
  EXPECT_NEAR(EvidenceAgainst(Paired{.only_first = 5, .only_second = 15, .n = 1000}, .01),
              2.082926372, kGolden);
}

TEST(ConfidenceSequence, WithoutDataNothingIsExcluded) {
  EXPECT_EQ(ShareSequence({}, .01).low, 0);
  EXPECT_EQ(ShareSequence({}, .01).high, 1);
  EXPECT_EQ(IndependentDifference({}, {.hits = 3, .n = 9}, .01).low, -1);
  EXPECT_EQ(IndependentDifference({.hits = 3, .n = 9}, {}, .01).high, 1);
  EXPECT_EQ(PairedDifference({}, .01).low, -1);
  EXPECT_EQ(PairedDifference({}, .01).high, 1);
}

TEST(ConfidenceSequence, AValueThatWasSeenOtherwiseIsExcludedForCertain) {
  EXPECT_TRUE(std::isinf(EvidenceAgainst(Share{.hits = 1, .n = 2}, 0)));
  EXPECT_TRUE(std::isinf(EvidenceAgainst(Share{.hits = 1, .n = 2}, 1)));
  EXPECT_TRUE(std::isinf(EvidenceAgainst(Paired{.only_second = 1, .n = 2}, 1)));
  EXPECT_TRUE(std::isinf(EvidenceAgainst({.hits = 1, .n = 2}, {.hits = 1, .n = 2}, -1)));
}

TEST(ConfidenceSequence, BillionsOfOutcomesAreCounted) {
  const Interval interval = ShareSequence({.hits = 1'000'000'000, .n = 4'000'000'000}, .01);
  EXPECT_GT(interval.low, .2499);
  EXPECT_LT(interval.low, .25);
  EXPECT_GT(interval.high, .25);
  EXPECT_LT(interval.high, .2501);
}

// How often of `runs` the true value is outside the interval at one look or more, with a look after
// each of `n` outcomes.
template <class Look>
int EverWrong(int runs, std::uint64_t n, const Look& look) {
  int wrong = 0;
  for (int run = 0; run < runs; ++run) {
    const std::uint64_t seed = SubSeed(7, static_cast<std::uint64_t>(run));
    auto state = look();
    bool ever = false;
    for (std::uint64_t i = 0; i < n && !ever; ++i) ever = state(seed, i) >= -std::log(.1);
    wrong += ever ? 1 : 0;
  }
  return wrong;
}

// With alpha = 0.1 and 400 runs: 40 expected at most; 58 are above it in one of a thousand tests.
constexpr int kRuns = 400;
constexpr int kWrongMax = 58;

TEST(ConfidenceSequence, ShareIsWrongNoMoreOftenThanStatedUnderContinuousLooking) {
  const int wrong = EverWrong(kRuns, 1000, [] {
    return [share = Share{}](std::uint64_t seed, std::uint64_t i) mutable {
      share.hits += UniformAt(seed, i) < .3 ? 1 : 0;
      ++share.n;
      return EvidenceAgainst(share, .3);
    };
  });
  EXPECT_LE(wrong, kWrongMax);
  EXPECT_GE(wrong, 1);  // else the test could not fail
}

TEST(ConfidenceSequence, DifferenceIsWrongNoMoreOftenThanStatedUnderContinuousLooking) {
  const int wrong = EverWrong(kRuns, 400, [] {
    return [first = Share{}, second = Share{}](std::uint64_t seed, std::uint64_t i) mutable {
      Share& side = UniformAt(seed, 2 * i) < .3 ? first : second;
      side.hits += UniformAt(seed, 2 * i + 1) < (&side == &first ? .5 : .3) ? 1 : 0;
      ++side.n;
      return EvidenceAgainst(first, second, .2);
    };
  });
  EXPECT_LE(wrong, kWrongMax);
}

// Both versions err on the same inputs, as they do in life.
TEST(ConfidenceSequence, PairedDifferenceIsWrongNoMoreOftenThanStatedUnderContinuousLooking) {
  const int wrong = EverWrong(kRuns, 400, [] {
    return [paired = Paired{}](std::uint64_t seed, std::uint64_t i) mutable {
      const double u = UniformAt(seed, i);
      paired.only_first += u < .15 ? 1 : 0;
      paired.only_second += u >= .15 && u < .2 ? 1 : 0;
      ++paired.n;
      return EvidenceAgainst(paired, .1);
    };
  });
  EXPECT_LE(wrong, kWrongMax);
}

TEST(ConfidenceSequence, PairsSayMoreThanIndependentSides) {
  // 1000 inputs; the versions differ on 20 of them.
  const Interval pairs = PairedDifference({.only_first = 5, .only_second = 15, .n = 1000}, .05);
  const Interval sides =
      IndependentDifference({.hits = 890, .n = 1000}, {.hits = 900, .n = 1000}, .05);
  EXPECT_LT(pairs.high - pairs.low, (sides.high - sides.low) / 2);
}

}  // namespace
}  // namespace credence::reliability
