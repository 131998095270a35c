#include "reliability/confidence_sequence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <span>

namespace credence::reliability {
namespace {

constexpr int kHalvings = 32;
constexpr int kStepsMax = 100;
constexpr double kPrecision = 1e-10;

// std::lgamma writes a global sign.
double LogGamma(double a) {
  int sign = 0;
  return ::lgamma_r(a, &sign);
}

// ln of the probability of a sequence with these counts, averaged over Dirichlet(1/2, …).
double LogMixture(std::initializer_list<std::uint64_t> counts) {
  double sum = 0;
  double log = 0;
  for (const std::uint64_t count : counts) {
    const double a = static_cast<double>(count) + 0.5;
    sum += a;
    log += LogGamma(a);
  }
  const double kinds = static_cast<double>(counts.size());
  const double log_norm = kinds / 2 * std::log(std::numbers::pi) - LogGamma(kinds / 2);
  return log - LogGamma(sum) - log_norm;
}

// ln of probability^count. An outcome that was seen has no probability of 0.
double LogPower(std::uint64_t count, double probability) {
  return count == 0 ? 0 : static_cast<double>(count) * std::log(std::max(0.0, probability));
}

// A kind of outcome that was seen `count` times and has probability at + slope x.
struct Kind {
  std::uint64_t count;
  double at;
  double slope;
};

// Largest log-likelihood over x in [low, high], where every probability is in [0, 1]. It is
// concave.
double LargestLogLikelihood(std::span<const Kind> kinds, double low, double high) {
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    double gradient = 0;
    for (const Kind& kind : kinds) {
      if (kind.count == 0) continue;
      gradient += static_cast<double>(kind.count) * kind.slope / (kind.at + kind.slope * middle);
    }
    (gradient > 0 ? low : high) = middle;
  }
  const double best = (low + high) / 2;
  double log = 0;
  for (const Kind& kind : kinds) log += LogPower(kind.count, kind.at + kind.slope * best);
  return log;
}

// The values of `range` whose evidence is below the limit. REQUIRES: the evidence is convex and
// below the limit at `centre`.
template <class Evidence>
Interval Invert(const Evidence& evidence, double centre, Interval range, double alpha) {
  const auto excess = [&](double x) { return evidence(x) + std::log(alpha); };
  // Between centre and `outside`: the nearest point known to be excluded, by regula falsi with
  // Illinois' halving (Dowell and Jarratt, 1971); by halves while the excess is infinite.
  const auto edge = [&](double outside) {
    double outer = excess(outside);
    if (outer < 0) return outside;
    double inside = centre;
    double inner = excess(centre);
    int last = 0;  // which end moved last: -1 inside, 1 outside
    for (int i = 0; i < kStepsMax && std::abs(outside - inside) > kPrecision; ++i) {
      const double middle = std::isfinite(outer)
                                ? (inside * outer - outside * inner) / (outer - inner)
                                : (inside + outside) / 2;
      const double value = excess(middle);
      if (value < 0) {
        if (last == -1) outer /= 2;
        inside = middle;
        inner = value;
        last = -1;
      } else {
        if (last == 1) inner /= 2;
        outside = middle;
        outer = value;
        last = 1;
      }
    }
    return outside;
  };
  return {.low = edge(range.low), .high = edge(range.high)};
}

}  // namespace

double EvidenceAgainst(const Share& share, double p) {
  const std::uint64_t misses = share.n - share.hits;
  return LogMixture({share.hits, misses}) - LogPower(share.hits, p) - LogPower(misses, 1 - p);
}

double EvidenceAgainst(const Share& first, const Share& second, double d) {
  const std::uint64_t first_misses = first.n - first.hits;
  const std::uint64_t second_misses = second.n - second.hits;
  // x: the second one's share.
  const std::array<Kind, 4> kinds = {{{.count = first.hits, .at = d, .slope = 1},
                                      {.count = first_misses, .at = 1 - d, .slope = -1},
                                      {.count = second.hits, .at = 0, .slope = 1},
                                      {.count = second_misses, .at = 1, .slope = -1}}};
  return LogMixture({first.hits, first_misses}) + LogMixture({second.hits, second_misses}) -
         LargestLogLikelihood(kinds, std::max(0.0, -d), std::min(1.0, 1 - d));
}

double EvidenceAgainst(const Paired& paired, double d) {
  const std::uint64_t rest = paired.n - paired.only_first - paired.only_second;
  // x: the probability of `only_second`.
  const std::array<Kind, 3> kinds = {{{.count = paired.only_first, .at = d, .slope = 1},
                                      {.count = paired.only_second, .at = 0, .slope = 1},
                                      {.count = rest, .at = 1 - d, .slope = -2}}};
  return LogMixture({paired.only_first, paired.only_second, rest}) -
         LargestLogLikelihood(kinds, std::max(0.0, -d), (1 - d) / 2);
}

Interval ShareSequence(const Share& share, double alpha) {
  if (share.n == 0) return {.low = 0, .high = 1};
  const auto evidence = [&](double p) { return EvidenceAgainst(share, p); };
  return Invert(evidence, share.value(), {.low = 0, .high = 1}, alpha);
}

Interval IndependentDifference(const Share& first, const Share& second, double alpha) {
  if (first.n == 0 || second.n == 0) return {.low = -1, .high = 1};
  const auto evidence = [&](double d) { return EvidenceAgainst(first, second, d); };
  return Invert(evidence, first.value() - second.value(), {.low = -1, .high = 1}, alpha);
}

Interval PairedDifference(const Paired& paired, double alpha) {
  if (paired.n == 0) return {.low = -1, .high = 1};
  const auto evidence = [&](double d) { return EvidenceAgainst(paired, d); };
  return Invert(evidence, paired.value(), {.low = -1, .high = 1}, alpha);
}

}  // namespace credence::reliability
