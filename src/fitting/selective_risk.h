// The threshold above which answers are called `reliable`, with a certified error rate.
//
// Assumes: rows of B are exchangeable with future inputs, and nothing about B was used before.
// Guarantees: with probability >= 1 - δ over the draw of B, the error rate among answers with
//          logit P(correct) >= θ is <= ρ.
// Fixed-sequence testing (Angelopoulos et al., "Learn then Test", 2021) on a fixed grid, with the
// exact binomial test of Geifman and El-Yaniv, "Selective classification for deep neural networks",
// 2017. A decides where the sequence starts, so that B stays clean.
// Threads: pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace credence::fitting {

inline constexpr std::array<double, 4> kRiskLadder = {0.01, 0.02, 0.05, 0.10};

struct RiskStep {
  double logit = 0;  // the grid point
  std::size_t accepted = 0;
  std::size_t errors = 0;
  double p_value = 1;
};

// How one target risk fared; `path` is what the report shows when no threshold was found.
struct RiskSearch {
  double risk = 0;                   // ρ
  double delta = 0;                  // δ', the share of the error probability spent on it
  std::size_t rows_needed = 0;       // n_min: without a single error fewer rows prove nothing
  std::optional<double> start = {};  // first grid point tested; nullopt: too few rows anywhere
  std::vector<RiskStep> path = {};   // the last one failed, unless the grid's end was reached
  std::optional<double> threshold = {};
};

struct RiskData {
  std::span<const double> learn_logits;    // cross-fitted rows of A
  std::span<const double> certify_logits;  // rows of B with p > α_r
  std::span<const int> certify_errors;     // 1 where such a row's answer is wrong
  std::size_t rows_b = 0;                  // n_B, before the filter
};

// Tests the grid 9.0, 8.9, …, 2.2 for one risk. REQUIRES: 0 < risk < 1, 0 < delta < 1.
RiskSearch SearchThreshold(const RiskData& data, double risk, double delta);

// Tests the ladder of risks, each with an equal share of `delta`, up to the first that has a
// threshold. REQUIRES: risks not empty.
std::vector<RiskSearch> SearchLadder(const RiskData& data, std::span<const double> risks,
                                     double delta);

}  // namespace credence::fitting
