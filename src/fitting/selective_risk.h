// The ladder: thresholds above which answers have a certified error rate, one for each of a few
// risks, and certificates for single classes.
//
// Assumes: certifying rows are exchangeable with future inputs, and nothing about them was used
//          before; rows of A decide where to start and what to test.
// Guarantees: with probability >= 1 - δ over the certifying rows, for all risks at once, the error
//          rate among answers with p > α_r and a logit >= θ_ρ is <= ρ; with another 1 - δ all class
//          risks hold together.
// Fixed-sequence testing (Angelopoulos et al., "Learn then Test", 2021) on a fixed grid, with the
// exact binomial test of Geifman and El-Yaniv, "Selective classification for deep neural networks",
// 2017. Logits are those of P(correct) with reliability::CostShift. Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reliability/verdict.h"

namespace credence::fitting {

struct RiskStep {
  double logit = 0;  // the grid point
  std::size_t accepted = 0;
  std::size_t errors = 0;
  double p_value = 1;
};

// How one risk fared.
struct RiskSearch {
  double risk = 0;                     // ρ
  double delta = 0;                    // δ', the share of the error probability spent on it
  std::size_t rows_needed = 0;         // n_min: without a single error fewer rows prove nothing
  std::optional<RiskStep> start = {};  // as A expects it; nullopt: too few rows anywhere
  std::vector<RiskStep> path = {};     // the last one failed, unless the grid's end was reached
  std::optional<double> own = {};      // the last that was accepted

  // What ended it; no rows where no threshold could be tested.
  RiskStep stop() const { return path.empty() ? RiskStep() : path.back(); }
  // No matter how few errors: it could not have been certified there.
  bool too_few_rows() const { return stop().accepted < rows_needed; }
};

struct LearnedAnswers {
  std::span<const double> logits;           // [n_A]: cross-fitted rows of A
  std::span<const std::int32_t> predicted;  // [n_A]
};
struct CertifyingAnswers {
  std::span<const double> logits;  // of the certifying rows with p > α_r
  std::span<const std::int32_t> predicted;
  std::span<const int> errors;  // 1 where such a row's answer is wrong
  std::size_t n = 0;            // certifying rows, before the filter
};
struct RiskData {
  LearnedAnswers learned;
  CertifyingAnswers certifying;
};

// ⌈ln delta / ln(1 - risk)⌉: rows without an error that prove the risk.
std::size_t RowsNeeded(double risk, double delta);

// The grid 9.0, 8.9, … down to the last that is >= ln(cost - 1): where accepting an answer pays.
std::vector<double> ThresholdGrid(double cost);

struct LadderSearch {
  std::vector<RiskSearch> searches;      // [risks]
  std::vector<reliability::Rung> rungs;  // [risks]: thresholds nested, with their shares
};
// Each risk is tested with an equal share of `delta`. REQUIRES: risks ascending, at most
// reliability::kRungsMax of them, 0 < risk < 1; cost > 1.
LadderSearch SearchLadder(const RiskData& data, std::span<const double> risks, double delta,
                          double cost);

// The certified rung that saves most: share x (1 / cost - risk) is largest; ties: the smaller risk.
std::optional<std::size_t> BestRung(std::span<const reliability::Rung> rungs, double cost);
// The certified rung of the smallest risk whose share is at least `share`; else that of the
// largest.
std::optional<std::size_t> RungOfShare(std::span<const reliability::Rung> rungs, double share);

struct ClassCertificates {
  std::vector<std::int32_t> tested;  // classes with enough rows in A, most frequent first
  std::vector<double> risk;          // [classes]: certified; NaN: not on its own
};
// For the answers at or above `theta`.
ClassCertificates CertifyClasses(const RiskData& data, std::size_t classes, double theta,
                                 double delta);

}  // namespace credence::fitting
