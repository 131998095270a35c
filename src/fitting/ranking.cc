#include "fitting/ranking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "fitting/curves.h"

namespace credence::fitting {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double Mean(double sum, double n) { return n == 0 ? kNan : sum / n; }

// Clipped after the subtraction: 1 - (1 - 1e-12) is not 1e-12 in double.
double Loss(double score, int hit) {
  return -std::log(std::clamp(hit != 0 ? score : 1 - score, 1e-12, 1 - 1e-12));
}

}  // namespace

Ranking::Ranking(std::span<const double> score, std::span<const int> hit) : rows_(score.size()) {
  CREDENCE_CHECK(score.size() == hit.size());
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rows_[i] = {.score = score[i],
                .hit = static_cast<double>(hit[i]),
                .loss = Loss(score[i], hit[i]),
                .number = i};
  }
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return a.score != b.score ? a.score > b.score : a.number > b.number;
  });
  Sum();
}

void Ranking::Count(std::span<const std::uint16_t> times) {
  CREDENCE_CHECK(times.size() == rows_.size());
  for (Row& row : rows_) row.times = times[row.number];
  Sum();
}

void Ranking::Sum() {
  n_ = hits_ = 0;
  for (const Row& row : rows_) {
    n_ += row.times;
    hits_ += row.times * row.hit;
  }
}

template <class Visit>
void Ranking::ForEachTie(Visit&& visit) const {
  for (std::size_t begin = 0; begin < rows_.size();) {
    std::size_t end = begin;
    double size = 0;
    double hits = 0;
    for (; end < rows_.size() && rows_[end].score == rows_[begin].score; ++end) {
      size += rows_[end].times;
      hits += rows_[end].times * rows_[end].hit;
    }
    if (size > 0) visit(size, hits);
    begin = end;
  }
}

double Ranking::Nll() const {
  double sum = 0;
  for (const Row& row : rows_) sum += row.times * row.loss;
  return Mean(sum, n_);
}

double Ranking::Brier() const {
  double sum = 0;
  for (const Row& row : rows_) sum += row.times * (row.score - row.hit) * (row.score - row.hit);
  return Mean(sum, n_);
}

double Ranking::EceEqualWidth() const {
  std::array<double, kConfidenceBins> gap = {};
  for (const Row& row : rows_) {
    const auto bin = static_cast<std::size_t>(kConfidenceBins * row.score);
    gap[std::min(bin, kConfidenceBins - 1)] += row.times * (row.score - row.hit);
  }
  double sum = 0;
  for (const double g : gap) sum += std::abs(g);
  return Mean(sum, n_);
}

double Ranking::EceEqualMass() const {
  double sum = 0;
  double gap = 0;
  double seen = 0;
  std::size_t bin = 0;
  // Bin j holds the rows ⌊jn/15⌋ … ⌊(j+1)n/15⌋ - 1, lowest first.
  const auto end_of = [&](std::size_t j) {
    return std::floor(static_cast<double>(j + 1) * n_ / kConfidenceBins + 1e-9);
  };
  for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
    for (double left = row->times; left > 0;) {
      while (end_of(bin) <= seen && bin + 1 < kConfidenceBins) {
        sum += std::abs(gap);
        gap = 0;
        ++bin;
      }
      const double taken = bin + 1 == kConfidenceBins ? left : std::min(left, end_of(bin) - seen);
      gap += taken * (row->score - row->hit);
      seen += taken;
      left -= taken;
    }
  }
  return Mean(sum + std::abs(gap), n_);
}

RiskCoverage Ranking::AreaUnderRiskCoverage() const {
  RiskCoverage area;
  double rank = 0;
  double errors_before = 0;
  ForEachTie([&](double size, double hits) {
    const double errors = size - hits;
    for (double j = 1; j <= size; j += 1) {
      rank += 1;
      const double expected = errors_before + errors * j / size;
      area.aurc += expected / rank;
      area.augrc += expected / n_;
    }
    errors_before += errors;
  });
  double perfect = 0;
  for (double e = 1; e <= errors_before; e += 1) perfect += e / (n_ - errors_before + e);
  area.aurc = Mean(area.aurc, n_);
  area.augrc = Mean(area.augrc, n_);
  area.e_aurc = area.aurc - Mean(perfect, n_);
  return area;
}

double Ranking::CoverageAtRisk(double risk) const {
  double rows = 0;
  double errors = 0;
  double accepted = 0;
  ForEachTie([&](double size, double hits) {
    rows += size;
    errors += size - hits;
    if (errors <= risk * rows) accepted = rows;
  });
  return Mean(accepted, n_);
}

double Ranking::SelectiveAccuracy(double coverage) const {
  const double wanted = std::ceil(coverage * n_ - 1e-9);
  double rows = 0;
  double right = 0;
  ForEachTie([&](double size, double hits) {
    const double taken = std::min(size, wanted - rows);
    if (taken <= 0) return;
    rows += taken;
    right += hits * taken / size;
  });
  return Mean(right, rows);
}

double Ranking::Auroc() const {
  const double pairs = hits_ * (n_ - hits_);
  if (pairs == 0) return kNan;
  double hits_before = 0;
  double wins = 0;
  ForEachTie([&](double size, double hits) {
    wins += (size - hits) * (hits_before + hits / 2);
    hits_before += hits;
  });
  return wins / pairs;
}

double Ranking::Fpr95() const {
  const double misses = n_ - hits_;
  if (hits_ == 0 || misses == 0) return kNan;
  const double wanted = 0.95 * hits_ - 1e-9;
  double accepted = 0;
  double accepted_misses = 0;
  double result = kNan;
  ForEachTie([&](double size, double hits) {
    accepted += hits;
    accepted_misses += size - hits;
    if (std::isnan(result) && accepted >= wanted) result = accepted_misses / misses;
  });
  return result;
}

double Ranking::Aupr() const {
  if (hits_ == 0) return kNan;
  double accepted = 0;
  double rows = 0;
  double area = 0;
  ForEachTie([&](double size, double hits) {
    accepted += hits;
    rows += size;
    area += hits / hits_ * accepted / rows;
  });
  return area;
}

}  // namespace credence::fitting
