#include "reliability/drift.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "reliability/binomial.h"
#include "reliability/logits.h"

namespace credence::reliability {
namespace {

constexpr std::array<double, kDriftLevelsMax> kLevels = {.002, .01, .05, .2};
constexpr double kBoundError = 0.01;
constexpr double kNothing = -std::numeric_limits<double>::infinity();
constexpr double kAlarm = 1e5;

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

Drift::Drift(std::span<const DriftLevel> levels) : bets_{}, log_statistic_(kNothing) {
  CREDENCE_CHECK(levels.size() <= kDriftLevelsMax);
  for (const DriftLevel& level : levels) {
    for (const double l : kDriftBets) {
      bets_[bet_count_++] = {.level = level.level + 1e-12,
                             .log_gain = std::log1p(l / level.bound * (1 - level.bound)),
                             .log_loss = std::log1p(-l),
                             .log_wealth = kNothing};
    }
  }
}

bool Drift::Observe(double p) {
  if (bet_count_ == 0) return false;
  const std::span<Bet> bets(bets_.data(), bet_count_);
  double top = kNothing;
  for (Bet& bet : bets) {
    // M + 1 is softplus in logarithms.
    bet.log_wealth = Softplus(bet.log_wealth) + (p <= bet.level ? bet.log_gain : bet.log_loss);
    top = std::max(top, bet.log_wealth);
  }
  double sum = 0;
  for (const Bet& bet : bets) sum += std::exp(bet.log_wealth - top);
  log_statistic_ = top + std::log(sum / static_cast<double>(bet_count_));
  if (log_statistic_ < std::log(kAlarm)) return false;
  ++alarms_;
  for (Bet& bet : bets) bet.log_wealth = kNothing;
  return true;
}

}  // namespace credence::reliability
