#include "serving/figures.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "reliability/confidence_sequence.h"

namespace credence::serving {
namespace {

using reliability::Interval;
using reliability::Paired;
using reliability::Share;

constexpr std::array<std::string_view, 5> kNames = {"reliable", "uncertain", "unfamiliar", "errors",
                                                    "agreement"};
constexpr std::string_view kDifference = "_difference";

Outcome OutcomeOf(Figure::Kind kind) {
  switch (kind) {
    case Figure::Kind::kReliable:
      return Outcome::kReliable;
    case Figure::Kind::kUncertain:
      return Outcome::kUncertain;
    case Figure::Kind::kUnfamiliar:
      return Outcome::kUnfamiliar;
    case Figure::Kind::kErrors:
      return Outcome::kError;
    case Figure::Kind::kAgreement:
      break;
  }
  CREDENCE_CHECK(false);
}

Share ShareOf(const SideCounts& side, Outcome outcome) {
  return {.hits = side.of(outcome),
          .n = outcome == Outcome::kError ? side.inputs() : side.answered()};
}

// Pairs with the outcome on the canary's side only, and on the stable one's only.
Paired PairedOf(const PairCounts& pairs, Outcome outcome) {
  const auto kind = static_cast<std::size_t>(outcome);
  // A verdict is compared where there are two.
  const std::size_t end = outcome == Outcome::kError ? kOutcomes : kOutcomes - 1;
  Paired paired;
  for (std::size_t stable = 0; stable < end; ++stable) {
    for (std::size_t canary = 0; canary < end; ++canary) {
      const std::uint64_t count = pairs.outcomes[stable][canary];
      paired.n += count;
      if (canary == kind && stable != kind) paired.only_first += count;
      if (stable == kind && canary != kind) paired.only_second += count;
    }
  }
  return paired;
}

Measured MeasureShare(const Share& share, double alpha) {
  const Interval interval = reliability::ShareSequence(share, alpha);
  return {.value = share.value(), .low = interval.low, .high = interval.high, .n = share.n};
}

Measured MeasureDifference(const ComparisonCounts& counts, Outcome outcome, bool shadow,
                           double alpha) {
  if (shadow) {
    const Paired paired = PairedOf(counts.pairs, outcome);
    const Interval interval = reliability::PairedDifference(paired, alpha);
    return {.value = paired.value(), .low = interval.low, .high = interval.high, .n = paired.n};
  }
  const Share canary = ShareOf(counts.canary(), outcome);
  const Share stable = ShareOf(counts.stable(), outcome);
  const Interval interval = reliability::IndependentDifference(canary, stable, alpha);
  return {.value = canary.value() - stable.value(),
          .low = interval.low,
          .high = interval.high,
          .n = std::min(canary.n, stable.n)};
}

}  // namespace

std::string FigureName(const Figure& figure) {
  std::string name(kNames[static_cast<std::size_t>(figure.kind)]);
  if (figure.difference) name += kDifference;
  return name;
}

std::optional<Figure> FindFigure(std::string_view name) {
  for (const Figure& figure : kFigures) {
    if (FigureName(figure) == name) return figure;
  }
  return std::nullopt;
}

std::string FigureNames() {
  std::string names;
  for (const Figure& figure : kFigures) {
    names.append(names.empty() ? "" : ", ").append(FigureName(figure));
  }
  return names;
}

Measured Measure(const ComparisonCounts& counts, const Figure& figure, bool shadow, double alpha) {
  if (figure.kind == Figure::Kind::kAgreement) {
    const PairCounts& pairs = counts.pairs;
    return MeasureShare({.hits = pairs.same_label, .n = pairs.same_label + pairs.other_label},
                        alpha);
  }
  const Outcome outcome = OutcomeOf(figure.kind);
  if (figure.difference) return MeasureDifference(counts, outcome, shadow, alpha);
  return MeasureOutcome(counts.canary(), outcome, alpha);
}

Measured MeasureOutcome(const SideCounts& side, Outcome outcome, double alpha) {
  return MeasureShare(ShareOf(side, outcome), alpha);
}

}  // namespace credence::serving
