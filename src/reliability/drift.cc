#include "reliability/drift.h"

#include <algorithm>

#include "base/check.h"
#include "reliability/binomial.h"

namespace credence::reliability {
namespace {

constexpr std::array<double, kDriftLevelsMax> kLevels = {.002, .01, .05, .2};
constexpr double kBoundError = 0.01;

std::size_t LevelRank(double level, std::size_t rows_b) {
  return static_cast<std::size_t>(level * (static_cast<double>(rows_b) + 1) + 1e-9);
}

}  // namespace

std::vector<DriftLevel> DriftLevels(std::size_t rows_b) {
  const auto count = static_cast<double>(std::count_if(
      kLevels.begin(), kLevels.end(), [&](double a) { return LevelRank(a, rows_b) >= 1; }));
  std::vector<DriftLevel> levels;
  for (const double a : kLevels) {
    const std::size_t k = LevelRank(a, rows_b);
    if (k < 1) continue;
    levels.push_back({.level = static_cast<double>(k) / (static_cast<double>(rows_b) + 1),
                      .bound = BetaQuantile(1 - kBoundError / count, k, rows_b)});
  }
  return levels;
}

Drift::Drift(std::span<const DriftLevel> levels) : bets_{} {
  CREDENCE_CHECK(levels.size() <= kDriftLevelsMax);
  for (const DriftLevel& level : levels) {
    for (const double l : kDriftBets) {
      bets_[bet_count_++] = {.level = level.level + 1e-12,
                             .gain = 1 + l / level.bound * (1 - level.bound),
                             .loss = 1 - l,
                             .wealth = 0};
    }
  }
}

bool Drift::Observe(double p) {
  if (bet_count_ == 0) return false;
  const std::span<Bet> bets(bets_.data(), bet_count_);
  double sum = 0;
  for (Bet& bet : bets) {
    bet.wealth = (bet.wealth + 1) * (p <= bet.level ? bet.gain : bet.loss);
    sum += bet.wealth;
  }
  statistic_ = sum / static_cast<double>(bet_count_);
  if (statistic_ < kDriftAlarm) return false;
  ++alarms_;
  for (Bet& bet : bets) bet.wealth = 0;
  return true;
}

}  // namespace credence::reliability
