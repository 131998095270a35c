#include "fitting/plan.h"

#include <algorithm>
#include <cmath>

#include "fitting/selective_risk.h"
#include "reliability/binomial.h"

namespace credence::fitting {
namespace {

constexpr double kAlphaReliable = 0.05;  // of ordinary pictures that are never `reliable`

// The smallest N, from `from` on, of which `errors` wrong rows still prove the risk.
std::size_t RowsFor(std::size_t errors, double risk, double delta, std::size_t from) {
  const auto proves = [&](std::size_t n) {
    return reliability::BinomialCdf(errors, n, risk) <= delta;
  };
  std::size_t high = std::max(from, errors + 1);
  std::size_t step = 16;
  while (!proves(high) && high <= kPlanMax) high += step *= 2;
  std::size_t low = std::max(from, errors + 1);
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (proves(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// Whether `errors` in as few rows as they allow are won often enough; sets the rows.
bool IsEnough(const PlanQuestion& q, std::size_t errors, std::size_t from, std::size_t& rows) {
  rows = RowsFor(errors, q.risk, q.delta, from);
  return rows <= kPlanMax && reliability::BinomialCdf(errors, rows, q.true_risk) >= q.power;
}

}  // namespace

std::optional<Plan> PlanLabels(const PlanQuestion& q) {
  if (q.true_risk >= q.risk || q.share <= 0) return {};
  // More errors allowed need more rows, and win more often: a coarse look, then one by one.
  const std::size_t first = RowsNeeded(q.risk, q.delta);
  std::size_t rows = 0;
  std::size_t fails = 0;
  std::size_t errors = 0;
  while (!IsEnough(q, errors, first, rows)) {
    if (rows > kPlanMax) return {};
    fails = errors;
    errors += std::max<std::size_t>(1, errors / 2);
  }
  std::size_t from = first;
  for (std::size_t k = fails; k < errors; ++k) {
    if (IsEnough(q, k, from, rows)) {
      errors = k;
      break;
    }
    from = rows;
  }
  IsEnough(q, errors, first, rows);
  const double certify =
      std::ceil(static_cast<double>(rows) / ((1 - kAlphaReliable) * q.share) - 1e-9);
  return Plan{.accepted = rows,
              .errors = errors,
              .certify = static_cast<std::size_t>(certify),
              .labels = 2 * static_cast<std::size_t>(certify),
              .true_risk = q.true_risk,
              .share = q.share};
}

std::optional<Plan> PlanLabels(const PlanQuestion& question,
                               std::span<const reliability::PilotPoint> pilot,
                               double share_factor) {
  std::optional<Plan> best;
  PlanQuestion at = question;
  for (const reliability::PilotPoint& point : pilot) {
    at.true_risk = point.errors;
    at.share = point.share * share_factor;
    const std::optional<Plan> plan = PlanLabels(at);
    if (plan && (!best || plan->labels < best->labels)) best = plan;
  }
  return best;
}

}  // namespace credence::fitting
