#include "fitting/selective_risk.h"

#include <algorithm>
#include <cmath>

#include "reliability/binomial.h"

namespace credence::fitting {
namespace {

constexpr int kGridFirst = 90;  // tenths: P(correct) = .9999
constexpr int kGridLast = 22;   // P(correct) = .90: nothing below is ever called reliable

RiskStep Test(const RiskData& data, double logit, double risk) {
  RiskStep step{.logit = logit};
  for (std::size_t i = 0; i < data.certify_logits.size(); ++i) {
    if (data.certify_logits[i] < logit) continue;
    ++step.accepted;
    if (data.certify_errors[i] != 0) ++step.errors;
  }
  step.p_value = reliability::BinomialCdf(step.errors, step.accepted, risk);
  return step;
}

// The rows of B that would be accepted at `logit`, as far as A can tell.
double ExpectedRows(const RiskData& data, double logit) {
  const auto accepted = std::count_if(data.learn_logits.begin(), data.learn_logits.end(),
                                      [&](double l) { return l >= logit; });
  return static_cast<double>(accepted) / static_cast<double>(data.learn_logits.size()) *
         static_cast<double>(data.rows_b);
}

}  // namespace

RiskSearch SearchThreshold(const RiskData& data, double risk, double delta) {
  RiskSearch search{.risk = risk, .delta = delta};
  search.rows_needed = static_cast<std::size_t>(std::ceil(std::log(delta) / std::log1p(-risk)));
  const double rows_wanted =
      std::max(2 * static_cast<double>(search.rows_needed), static_cast<double>(data.rows_b) / 5);
  for (int tenths = kGridFirst; tenths >= kGridLast; --tenths) {
    const double logit = tenths / 10.0;
    if (!search.start) {
      if (ExpectedRows(data, logit) < rows_wanted) continue;
      search.start = logit;
    }
    search.path.push_back(Test(data, logit, risk));
    if (search.path.back().p_value > delta) break;
    search.threshold = logit;
  }
  return search;
}

std::vector<RiskSearch> SearchLadder(const RiskData& data, std::span<const double> risks,
                                     double delta) {
  std::vector<RiskSearch> searches;
  for (const double risk : risks) {
    searches.push_back(SearchThreshold(data, risk, delta / static_cast<double>(risks.size())));
    if (searches.back().threshold) break;
  }
  return searches;
}

}  // namespace credence::fitting
