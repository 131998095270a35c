#include "fitting/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace credence::fitting {
namespace {

constexpr std::size_t kBins = 15;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Graded {
  double score;
  int hit;  // correct, or positive
};

// Highest score first.
std::vector<Graded> Descending(std::span<const double> score, std::span<const int> hit) {
  std::vector<Graded> rows(score.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = {score[i], hit[i]};
  std::sort(rows.begin(), rows.end(),
            [](const Graded& a, const Graded& b) { return a.score > b.score; });
  return rows;
}

std::vector<Graded> Descending(std::span<const double> positive, std::span<const double> negative) {
  std::vector<double> score(positive.begin(), positive.end());
  score.insert(score.end(), negative.begin(), negative.end());
  std::vector<int> hit(score.size(), 0);
  std::fill_n(hit.begin(), positive.size(), 1);
  return Descending(score, std::span<const int>(hit));
}

// Calls visit(rows, hits) for each group of equal scores, highest first.
template <class Visit>
void ForEachTie(const std::vector<Graded>& rows, Visit&& visit) {
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin;
    double hits = 0;
    for (; end < rows.size() && rows[end].score == rows[begin].score; ++end) hits += rows[end].hit;
    visit(end - begin, hits);
    begin = end;
  }
}

double Mean(double sum, std::size_t n) { return n == 0 ? kNan : sum / static_cast<double>(n); }

}  // namespace

double Accuracy(std::span<const int> correct) {
  return Mean(std::accumulate(correct.begin(), correct.end(), 0.0), correct.size());
}

double ConfidenceNll(std::span<const double> confidence, std::span<const int> correct) {
  double sum = 0;
  for (std::size_t i = 0; i < correct.size(); ++i) {
    // Clipped after the subtraction: 1 - (1 - 1e-12) is not 1e-12 in double.
    const double outcome = correct[i] != 0 ? confidence[i] : 1 - confidence[i];
    sum -= std::log(std::clamp(outcome, 1e-12, 1 - 1e-12));
  }
  return Mean(sum, correct.size());
}

double Brier(std::span<const double> confidence, std::span<const int> correct) {
  double sum = 0;
  for (std::size_t i = 0; i < correct.size(); ++i) {
    sum += (confidence[i] - correct[i]) * (confidence[i] - correct[i]);
  }
  return Mean(sum, correct.size());
}

double EceEqualWidth(std::span<const double> confidence, std::span<const int> correct) {
  std::array<double, kBins> gap = {};
  for (std::size_t i = 0; i < correct.size(); ++i) {
    const auto bin = static_cast<std::size_t>(kBins * confidence[i]);
    gap[std::min(bin, kBins - 1)] += confidence[i] - correct[i];
  }
  double sum = 0;
  for (const double g : gap) sum += std::abs(g);
  return Mean(sum, correct.size());
}

double EceEqualMass(std::span<const double> confidence, std::span<const int> correct) {
  const std::size_t n = correct.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return confidence[a] < confidence[b]; });
  double sum = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    double gap = 0;
    for (std::size_t i = bin * n / kBins; i < (bin + 1) * n / kBins; ++i) {
      gap += confidence[order[i]] - correct[order[i]];
    }
    sum += std::abs(gap);
  }
  return Mean(sum, n);
}

RiskCoverage AreaUnderRiskCoverage(std::span<const double> score, std::span<const int> correct) {
  const double n = static_cast<double>(correct.size());
  RiskCoverage area;
  double rank = 0;
  double errors_before = 0;
  ForEachTie(Descending(score, correct), [&](std::size_t size, double hits) {
    const double errors = static_cast<double>(size) - hits;
    for (std::size_t j = 1; j <= size; ++j) {
      rank += 1;
      const double expected =
          errors_before + errors * static_cast<double>(j) / static_cast<double>(size);
      area.aurc += expected / rank;
      area.augrc += expected / n;
    }
    errors_before += errors;
  });
  double perfect = 0;
  for (double e = 1; e <= errors_before; e += 1) perfect += e / (n - errors_before + e);
  area.aurc = Mean(area.aurc, correct.size());
  area.augrc = Mean(area.augrc, correct.size());
  area.e_aurc = area.aurc - Mean(perfect, correct.size());
  return area;
}

double CoverageAtRisk(std::span<const double> score, std::span<const int> correct, double risk) {
  double rows = 0;
  double errors = 0;
  double accepted = 0;
  ForEachTie(Descending(score, correct), [&](std::size_t size, double hits) {
    rows += static_cast<double>(size);
    errors += static_cast<double>(size) - hits;
    if (errors <= risk * rows) accepted = rows;
  });
  return Mean(accepted, correct.size());
}

double SelectiveAccuracy(std::span<const double> score, std::span<const int> correct,
                         double coverage) {
  const double wanted = std::ceil(coverage * static_cast<double>(correct.size()) - 1e-9);
  double rows = 0;
  double right = 0;
  ForEachTie(Descending(score, correct), [&](std::size_t size, double hits) {
    const double taken = std::min(static_cast<double>(size), wanted - rows);
    if (taken <= 0) return;
    rows += taken;
    right += hits * taken / static_cast<double>(size);
  });
  return rows == 0 ? kNan : right / rows;
}

double Auroc(std::span<const double> positive, std::span<const double> negative) {
  const double pairs = static_cast<double>(positive.size()) * static_cast<double>(negative.size());
  if (pairs == 0) return kNan;
  double positives_before = 0;
  double wins = 0;
  ForEachTie(Descending(positive, negative), [&](std::size_t size, double hits) {
    const double misses = static_cast<double>(size) - hits;
    wins += misses * (positives_before + hits / 2);
    positives_before += hits;
  });
  return wins / pairs;
}

double Fpr95(std::span<const double> positive, std::span<const double> negative) {
  if (positive.empty() || negative.empty()) return kNan;
  const double wanted = 0.95 * static_cast<double>(positive.size()) - 1e-9;
  double accepted = 0;
  double accepted_negatives = 0;
  double result = kNan;
  ForEachTie(Descending(positive, negative), [&](std::size_t size, double hits) {
    accepted += hits;
    accepted_negatives += static_cast<double>(size) - hits;
    if (std::isnan(result) && accepted >= wanted) {
      result = accepted_negatives / static_cast<double>(negative.size());
    }
  });
  return result;
}

double Aupr(std::span<const double> positive, std::span<const double> negative) {
  if (positive.empty()) return kNan;
  double accepted = 0;
  double rows = 0;
  double area = 0;
  ForEachTie(Descending(positive, negative), [&](std::size_t size, double hits) {
    accepted += hits;
    rows += static_cast<double>(size);
    area += hits / static_cast<double>(positive.size()) * accepted / rows;
  });
  return area;
}

}  // namespace credence::fitting
