#include "fitting/hidden_groups.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include <Eigen/Dense>

#include "fitting/matrix.h"

namespace credence::fitting {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double kExcessMin = 0.10;   // of the rows that chance leaves
constexpr double kDeviationsMin = 3;  // of a share by chance
constexpr std::size_t kOrderClassMin = 3;
constexpr std::size_t kNeighbours = 10;
constexpr std::size_t kDistanceRowsMin = 50;
constexpr double kMedianMax = -0.9;  // independent rows of about six dimensions would give it
constexpr double kDistanceFloor = 1e-6;

// Rows by label, each list in the given order.
using RowsOfLabels = std::map<std::int32_t, std::vector<std::size_t>>;

RowsOfLabels ByLabel(const SuspicionRows& rows, std::span<const std::size_t> in_order) {
  RowsOfLabels lists;
  for (const std::size_t row : in_order) {
    std::vector<std::size_t>& list = lists[rows.labels[row]];
    if (list.size() < kSuspicionRowsMax) list.push_back(row);
  }
  return lists;
}

// Thumbnails minus `mean`, of length 1.
RowMajor Units(const SuspicionRows& rows, const Eigen::VectorXd& mean,
               const std::vector<std::size_t>& which) {
  RowMajor units(Index(which.size()), Index(rows.size));
  for (std::size_t i = 0; i < which.size(); ++i) {
    const Eigen::Map<const Eigen::VectorXf> x(rows.x.data() + which[i] * rows.size,
                                              Index(rows.size));
    const Eigen::VectorXd centred = x.cast<double>() - mean;
    units.row(Index(i)) = centred / (centred.norm() + 1e-12);
  }
  return units;
}

Eigen::VectorXd Mean(const SuspicionRows& rows) {
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(Index(rows.size));
  if (rows.centred) return mean;
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    mean += Eigen::Map<const Eigen::VectorXf>(rows.x.data() + i * rows.size, Index(rows.size))
                .cast<double>();
  }
  return mean / static_cast<double>(rows.labels.size());
}

void LookAtOrder(const SuspicionRows& rows, const Eigen::VectorXd& mean, Suspicion& out) {
  std::vector<std::size_t> order(rows.order.begin(), rows.order.end());
  if (order.empty()) {
    order.resize(rows.labels.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
  }
  double used = 0;
  double classes = 0;
  double beside = 0;
  for (const auto& [label, list] : ByLabel(rows, order)) {
    if (list.size() < kOrderClassMin) continue;
    const RowMajor units = Units(rows, mean, list);
    RowMajor cosine = units * units.transpose();
    cosine.diagonal().setConstant(-2);  // a row is not its own neighbour
    for (Eigen::Index i = 0; i < cosine.rows(); ++i) {
      Eigen::Index nearest = 0;
      cosine.row(i).maxCoeff(&nearest);
      if (std::abs(nearest - i) == 1) beside += 1;
    }
    used += static_cast<double>(list.size());
    classes += 1;
  }
  if (used == 0) return;
  out.beside = beside / used;
  out.by_chance = 2 * classes / used;
  const double excess = out.beside - out.by_chance;
  const double deviation = std::sqrt(out.by_chance * (1 - out.by_chance) / used);
  out.verdict.order_excess = excess / (1 - out.by_chance);
  out.verdict.by_order =
      out.verdict.order_excess >= kExcessMin && excess >= kDeviationsMin * deviation;
}

void LookAtDistances(const SuspicionRows& rows, const Split& split, const Eigen::VectorXd& mean,
                     Suspicion& out) {
  const RowsOfLabels in_a = ByLabel(rows, split.a);
  std::vector<double> ratios;
  for (const auto& [label, list] : ByLabel(rows, split.b)) {
    const auto known = in_a.find(label);
    if (known == in_a.end() || known->second.size() < kNeighbours) continue;
    const RowMajor cosine = Units(rows, mean, list) * Units(rows, mean, known->second).transpose();
    std::vector<double> distances(known->second.size());
    for (Eigen::Index i = 0; i < cosine.rows(); ++i) {
      for (std::size_t j = 0; j < distances.size(); ++j) {
        distances[j] = std::max(0.0, 1 - cosine(i, Index(j)));
      }
      std::partial_sort(distances.begin(), distances.begin() + kNeighbours, distances.end());
      ratios.push_back(std::log((distances[0] + kDistanceFloor) /
                                (distances[kNeighbours - 1] + kDistanceFloor)));
    }
  }
  out.distance_rows = ratios.size();
  if (ratios.empty()) return;
  std::sort(ratios.begin(), ratios.end());
  const std::size_t half = ratios.size() / 2;
  const double upper = ratios[half];
  out.verdict.distance_median = ratios.size() % 2 == 1 ? upper : (ratios[half - 1] + upper) / 2;
  out.verdict.by_distance =
      ratios.size() >= kDistanceRowsMin && out.verdict.distance_median <= kMedianMax;
}

}  // namespace

Suspicion SuspectGroups(const SuspicionRows& rows, const Split& split) {
  Suspicion out;
  const Eigen::VectorXd mean = Mean(rows);
  LookAtOrder(rows, mean, out);
  LookAtDistances(rows, split, mean, out);
  return out;
}

}  // namespace credence::fitting
