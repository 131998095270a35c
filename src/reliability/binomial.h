// The binomial distribution and what follows from it: Clopper-Pearson intervals, Beta quantiles.
// Threads: pure.
#pragma once

#include <cstddef>

namespace credence::reliability {

// P(Binomial(n, p) <= k). p in [0, 1].
double BinomialCdf(std::size_t k, std::size_t n, double p);

// The q-quantile of Beta(k, n + 1 - k), the k-th smallest of n uniform numbers. REQUIRES: 1 <= k <=
// n.
double BetaQuantile(double q, std::size_t k, std::size_t n);

struct Interval {
  double low = 0;
  double high = 1;
};

// Exact interval of a share, `count` of `n`, with at least the given confidence. n = 0: [0, 1].
Interval ClopperPearson(std::size_t count, std::size_t n, double confidence = 0.95);

}  // namespace credence::reliability
