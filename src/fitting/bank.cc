#include "fitting/bank.h"

#include <algorithm>
#include <numeric>

#include <Eigen/Dense>

#include "fitting/streams.h"

namespace credence::fitting {

std::size_t BankRowsMax(std::size_t feature_size) {
  return std::min<std::size_t>(5000, (std::size_t{1} << 20) / feature_size);
}

std::vector<std::size_t> ChooseBank(std::uint64_t seed, std::size_t n, std::size_t feature_size) {
  if (n > BankRowsMax(feature_size)) {
    std::vector<std::size_t> chosen = Permutation(StreamSeed(seed, Stream::kBank), n);
    chosen.resize(BankRowsMax(feature_size));
    return chosen;
  }
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

reliability::Neighbours FindNeighbours(const Matrix& bank, std::span<const std::int32_t> labels,
                                       std::span<const double> unit, std::int32_t predicted,
                                       const std::optional<LeftOut>& left_out) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto n = static_cast<Eigen::Index>(bank.rows);
  const auto p = static_cast<Eigen::Index>(bank.cols);
  const Eigen::VectorXd cosine = Eigen::Map<const RowMajor>(bank.values.data(), n, p) *
                                 Eigen::Map<const Eigen::VectorXd>(unit.data(), p);
  reliability::Neighbours found;
  for (std::size_t i = 0; i < bank.rows; ++i) {
    if (left_out && left_out->groups[i] == left_out->group) continue;
    const double distance = std::max(0.0, 1 - cosine[static_cast<Eigen::Index>(i)]);
    double& nearest_of_kind = labels[i] == predicted ? found.same : found.other;
    nearest_of_kind = std::min(nearest_of_kind, distance);
  }
  found.nearest = std::min(found.same, found.other);
  return found;
}

}  // namespace credence::fitting
