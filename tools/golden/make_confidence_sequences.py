"""The expected values of src/reliability/confidence_sequence_test.cc, by scipy. Run with any Python that has it."""
import math

from scipy.optimize import brentq, minimize_scalar
from scipy.special import betaln, gammaln, xlogy


def share(k, n, p):
    return betaln(k + .5, n - k + .5) - betaln(.5, .5) - xlogy(k, p) - xlogy(n - k, 1 - p)


def smallest(function, low, high):
    inner = minimize_scalar(function, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).fun
    return min(inner, function(low), function(high))


def difference(a, n, b, m, d):
    return smallest(lambda q: share(a, n, min(1, max(0, q + d))) + share(b, m, q), max(0, -d), min(1, 1 - d))


def paired(first, second, n, d):
    rest = n - first - second
    mixture = (gammaln(first + .5) + gammaln(second + .5) + gammaln(rest + .5) - gammaln(n + 1.5)
               - math.log(2 * math.pi))
    return smallest(lambda q: mixture - xlogy(first, max(0, q + d)) - xlogy(second, q)
                    - xlogy(rest, max(0, 1 - d - 2 * q)), max(0, -d), (1 - d) / 2)


def interval(evidence, centre, low, high, alpha):
    excess = lambda x: min(evidence(x), 1e6) + math.log(alpha)
    left = low if excess(low) < 0 else brentq(excess, low, centre, xtol=1e-13)
    right = high if excess(high) < 0 else brentq(excess, centre, high, xtol=1e-13)
    return f"{left:.9f} {right:.9f}"


for k, n, alpha in [(0, 100, .05), (100, 100, .05), (30, 100, .05), (9, 1000, .01), (990_000, 1_000_000, .01)]:
    print("share", k, n, alpha, interval(lambda p: share(k, n, p), k / n, 0, 1, alpha))
for a, n, b, m, alpha in [(80, 100, 850, 1000, .05), (0, 50, 0, 500, .01), (950, 1000, 900, 1000, .01)]:
    print("difference", a, n, b, m, alpha, interval(lambda d: difference(a, n, b, m, d), a / n - b / m, -1, 1, alpha))
for first, second, n, alpha in [(5, 15, 1000, .05), (0, 0, 1000, .01), (50, 0, 100, .01)]:
    print("paired", first, second, n, alpha,
          interval(lambda d: paired(first, second, n, d), (first - second) / n, -1, 1, alpha))
print("evidence", share(30, 100, .5), difference(80, 100, 850, 1000, .1), paired(5, 15, 1000, .01))
