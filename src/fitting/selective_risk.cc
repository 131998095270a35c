#include "fitting/selective_risk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/check.h"
#include "reliability/binomial.h"

namespace credence::fitting {
namespace {

using reliability::BinomialCdf;
using reliability::Rung;

constexpr int kGridFirst = 90;  // tenths: P(correct) = .9999
constexpr double kTie = 1e-9;

// What A expects of the certifying rows at `logit`; nullopt: no row.
std::optional<RiskStep> Expect(const RiskData& data, double logit, double risk) {
  const std::span<const double> learned = data.learned.logits;
  std::size_t rows = 0;
  double wrong = 0;
  for (const double l : learned) {
    if (l < logit) continue;
    ++rows;
    wrong += 1 / (1 + std::exp(l));
  }
  RiskStep step{.logit = logit, .accepted = rows * data.certifying.n / learned.size()};
  if (step.accepted == 0) return {};
  const double share = wrong / static_cast<double>(rows);
  const double errors = std::ceil(static_cast<double>(step.accepted) * share - kTie);
  step.errors = static_cast<std::size_t>(std::max(0.0, errors));
  step.p_value = BinomialCdf(step.errors, step.accepted, risk);
  return step;
}

RiskStep Test(const CertifyingAnswers& rows, double logit, double risk) {
  RiskStep step{.logit = logit};
  for (std::size_t i = 0; i < rows.logits.size(); ++i) {
    if (rows.logits[i] < logit) continue;
    ++step.accepted;
    if (rows.errors[i] != 0) ++step.errors;
  }
  if (step.accepted != 0) step.p_value = BinomialCdf(step.errors, step.accepted, risk);
  return step;
}

RiskSearch Search(const RiskData& data, std::span<const double> grid, double risk, double delta) {
  RiskSearch search{.risk = risk, .delta = delta, .rows_needed = RowsNeeded(risk, delta)};
  for (const double logit : grid) {
    const std::optional<RiskStep> expected = Expect(data, logit, risk);
    if (!expected) continue;
    if (!search.start || expected->p_value < search.start->p_value * (1 - kTie)) {
      search.start = expected;
    }
  }
  if (!search.start) return search;
  for (const double logit : grid) {
    if (logit > search.start->logit) continue;
    search.path.push_back(Test(data.certifying, logit, risk));
    const RiskStep& step = search.path.back();
    if (step.accepted == 0 || step.p_value > delta) break;
    search.own = logit;
  }
  return search;
}

double ShareAbove(const CertifyingAnswers& rows, double theta) {
  const auto above =
      std::count_if(rows.logits.begin(), rows.logits.end(), [=](double l) { return l >= theta; });
  return static_cast<double>(above) / static_cast<double>(rows.n);
}

// Reliable rows of A, by class, in numbers of certifying rows.
std::vector<double> ExpectedRows(const RiskData& data, std::size_t classes, double theta) {
  std::vector<double> expected(classes);
  const auto [logits, predicted] = data.learned;
  const double factor = static_cast<double>(data.certifying.n) / static_cast<double>(logits.size());
  std::vector<std::size_t> counts(classes);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] >= theta) ++counts[static_cast<std::size_t>(predicted[i])];
  }
  std::transform(counts.begin(), counts.end(), expected.begin(),
                 [=](std::size_t count) { return static_cast<double>(count) * factor; });
  return expected;
}

// The smallest risk of the ladder that the class's rows prove, coming from the largest.
double ClassRisk(const CertifyingAnswers& rows, std::int32_t predicted, double theta,
                 double delta) {
  std::size_t accepted = 0;
  std::size_t errors = 0;
  for (std::size_t i = 0; i < rows.logits.size(); ++i) {
    if (rows.logits[i] < theta || rows.predicted[i] != predicted) continue;
    ++accepted;
    if (rows.errors[i] != 0) ++errors;
  }
  double certified = std::numeric_limits<double>::quiet_NaN();
  for (auto risk = reliability::kRiskLadder.rbegin(); risk != reliability::kRiskLadder.rend();
       ++risk) {
    if (accepted == 0 || BinomialCdf(errors, accepted, *risk) > delta) break;
    certified = *risk;
  }
  return certified;
}

}  // namespace

std::size_t RowsNeeded(double risk, double delta) {
  return static_cast<std::size_t>(std::ceil(std::log(delta) / std::log1p(-risk) - kTie));
}

std::vector<double> ThresholdGrid(double cost) {
  CREDENCE_CHECK(cost > 1);
  const double pays = std::log(cost - 1);
  std::vector<double> grid = {kGridFirst / 10.0};
  for (int tenths = kGridFirst - 1; tenths / 10.0 >= pays - kTie; --tenths) {
    grid.push_back(tenths / 10.0);
  }
  return grid;
}

LadderSearch SearchLadder(const RiskData& data, std::span<const double> risks, double delta,
                          double cost) {
  const std::vector<double> grid = ThresholdGrid(cost);
  LadderSearch ladder;
  std::optional<double> theta;
  for (const double risk : risks) {
    ladder.searches.push_back(Search(data, grid, risk, delta / static_cast<double>(risks.size())));
    const std::optional<double> own = ladder.searches.back().own;
    if (own && (!theta || *own < *theta)) theta = own;
    ladder.rungs.push_back(
        {.risk = risk, .theta = theta, .share = theta ? ShareAbove(data.certifying, *theta) : 0});
  }
  return ladder;
}

std::optional<std::size_t> BestRung(std::span<const Rung> rungs, double cost) {
  std::optional<std::size_t> best;
  double most = 0;
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    if (!rungs[i].theta) continue;
    const double saving = std::round(rungs[i].share * (1 / cost - rungs[i].risk) * 1e12);
    if (best && saving <= most) continue;
    best = i;
    most = saving;
  }
  return best;
}

std::optional<std::size_t> RungOfShare(std::span<const Rung> rungs, double share) {
  std::optional<std::size_t> largest;
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    if (!rungs[i].theta) continue;
    if (rungs[i].share >= share) return i;
    if (!largest || rungs[i].share > rungs[*largest].share) largest = i;
  }
  return largest;
}

ClassCertificates CertifyClasses(const RiskData& data, std::size_t classes, double theta,
                                 double delta) {
  const std::vector<double> expected = ExpectedRows(data, classes, theta);
  std::vector<std::size_t> order(classes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return expected[a] > expected[b]; });
  ClassCertificates out;
  const double easiest = reliability::kRiskLadder.back();
  for (std::size_t i = 0; i < classes; ++i) {
    const std::size_t needed = RowsNeeded(easiest, delta / static_cast<double>(i + 1));
    if (expected[order[i]] < static_cast<double>(needed)) break;
    out.tested.push_back(static_cast<std::int32_t>(order[i]));
  }
  out.risk.assign(classes, std::numeric_limits<double>::quiet_NaN());
  for (const std::int32_t c : out.tested) {
    out.risk[static_cast<std::size_t>(c)] =
        ClassRisk(data.certifying, c, theta, delta / static_cast<double>(out.tested.size()));
  }
  return out;
}

}  // namespace credence::fitting
