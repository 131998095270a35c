#include "reliability/binomial.h"

#include <algorithm>
#include <cmath>

namespace credence::reliability {
namespace {

// Sums the terms 0 .. k, in logarithms so that nothing underflows.
double LowerTail(std::size_t k, std::size_t n, double p) {
  const double log_odds = std::log(p) - std::log1p(-p);
  double log_term = static_cast<double>(n) * std::log1p(-p);
  double top = log_term;
  double sum = 1;  // in units of e^top
  for (std::size_t i = 1; i <= k; ++i) {
    log_term += std::log(static_cast<double>(n - i + 1) / static_cast<double>(i)) + log_odds;
    if (log_term > top) {
      sum = sum * std::exp(top - log_term) + 1;
      top = log_term;
    } else {
      sum += std::exp(log_term - top);
    }
  }
  return std::min(1.0, sum * std::exp(top));
}

}  // namespace

double BinomialCdf(std::size_t k, std::size_t n, double p) {
  if (k >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  if (2 * k <= n) return LowerTail(k, n, p);
  return 1 - LowerTail(n - k - 1, n, 1 - p);
}

double BetaQuantile(double q, std::size_t k, std::size_t n) {
  // The k-th smallest is <= x when at least k of n are: 1 - P(Binomial(n, x) <= k - 1).
  double low = 0;
  double high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (1 - BinomialCdf(k - 1, n, middle) < q ? low : high) = middle;
  }
  return (low + high) / 2;
}

Interval ClopperPearson(std::size_t count, std::size_t n, double confidence) {
  const double tail = (1 - confidence) / 2;
  Interval interval;
  if (n == 0) return interval;
  if (count > 0) interval.low = BetaQuantile(tail, count, n);
  if (count < n) interval.high = BetaQuantile(1 - tail, count + 1, n);
  return interval;
}

}  // namespace credence::reliability
