// The figures of a canary comparison: their names, and what the counts say of each.
//
// `reliable`, `uncertain`, `unfamiliar`: share of the canary's answers with that verdict.
// `errors`: share of the inputs shown to the canary that it answered with an error.
// `agreement`: share of the pairs in which both name the same class; shadow only.
// `reliable_difference`, …, `errors_difference`: the canary's share minus the stable version's, in
// shadow over the pairs that both answered (errors: over all pairs).
//
// Intervals hold however often they are looked at: reliability/confidence_sequence.h has the
// assumption, the guarantee and the source. Differences are of independent sides when traffic is
// split, and of pairs in shadow, where both sides see the same inputs and are anything but
// independent.
// Threads: pure.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "serving/comparison.h"

namespace credence::serving {

struct Figure {
  enum class Kind { kReliable, kUncertain, kUnfamiliar, kErrors, kAgreement };
  Kind kind = Kind::kReliable;
  bool difference = false;

  friend bool operator==(const Figure&, const Figure&) = default;
};

// Every figure, in the order in which they are listed.
inline constexpr std::array<Figure, 9> kFigures = {{{Figure::Kind::kReliable, false},
                                                    {Figure::Kind::kUncertain, false},
                                                    {Figure::Kind::kUnfamiliar, false},
                                                    {Figure::Kind::kErrors, false},
                                                    {Figure::Kind::kAgreement, false},
                                                    {Figure::Kind::kReliable, true},
                                                    {Figure::Kind::kUncertain, true},
                                                    {Figure::Kind::kUnfamiliar, true},
                                                    {Figure::Kind::kErrors, true}}};
std::string FigureName(const Figure& figure);             // "reliable_difference"
std::optional<Figure> FindFigure(std::string_view name);  // nullopt: there is none
std::string FigureNames();                                // "reliable, uncertain, …"

struct Measured {
  double value = std::numeric_limits<double>::quiet_NaN();  // NaN: nothing was counted yet
  double low = 0;
  double high = 1;
  std::uint64_t n = 0;  // outcomes that it is made of; of a difference those of the smaller side
};

// REQUIRES: 0 < alpha < 1.
Measured Measure(const ComparisonCounts& counts, const Figure& figure, bool shadow, double alpha);

// The share of a side's inputs with this outcome: of its answers for a verdict, of all its inputs
// for kError.
Measured MeasureOutcome(const SideCounts& side, Outcome outcome, double alpha);

}  // namespace credence::serving
