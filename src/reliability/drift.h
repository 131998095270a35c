// Drift watches the stream of p-values for inputs that are no longer like the calibration data.
//
// A conformal test martingale in Shiryaev-Roberts form (an e-detector; Shin, Ramdas and Rinaldo
// 2022; Vovk 2021), corrected for the finite reference. Assumes: ordinary predictions are
// exchangeable with B (a client that repeats one image breaks this). Guarantees: with probability
// 99 % over the draw of B the mean number of ordinary predictions between
//          false alarms is at least 10^5.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace credence::reliability {

inline constexpr std::size_t kDriftLevelsMax = 4;
inline constexpr double kDriftAlarm = 1e5;  // where the statistic raises an alarm
inline constexpr std::array<double, 3> kDriftBets = {0.1, 0.3, 0.9};  // l; the bet is l / bound

struct DriftLevel {
  double level = 0;  // k / (n_B + 1)
  double bound = 0;  // h: the level's true size is below it with probability 1 - 0.01 / levels

  friend bool operator==(const DriftLevel&, const DriftLevel&) = default;
};

// Those of .002, .01, .05, .2 for which a reference of `rows_b` is large enough.
std::vector<DriftLevel> DriftLevels(std::size_t rows_b);

// Thread-compatible; a value of constant size.
class Drift {
 public:
  // REQUIRES: at most kDriftLevelsMax levels, 0 < bound < 1.
  explicit Drift(std::span<const DriftLevel> levels);

  // Takes one familiarity p-value. Returns whether the statistic reached 10^5, and resets it if so.
  // Takes about 10 ns: the statistic stays within 0 .. 10^8, so that it needs no logarithms.
  bool Observe(double p);

  // ln of the statistic after the last Observe, before it was reset; -inf at the start.
  double log_statistic() const { return std::log(statistic_); }
  std::uint64_t alarms() const { return alarms_; }

 private:
  struct Bet {
    double level;
    double gain;    // the factor when p <= level
    double loss;    // the factor otherwise
    double wealth;  // M
  };
  std::array<Bet, kDriftLevelsMax * kDriftBets.size()> bets_;
  std::size_t bet_count_ = 0;
  double statistic_ = 0;  // mean of the M
  std::uint64_t alarms_ = 0;
};

}  // namespace credence::reliability
