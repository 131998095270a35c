#include "fitting/pca.h"

#include <algorithm>

#include <Eigen/Dense>

#include "base/check.h"

namespace credence::fitting {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

std::size_t PcaComponents(std::size_t rows, std::size_t pixels) {
  return std::min({std::size_t{32}, std::max<std::size_t>(2, rows / 20), pixels});
}

Pca FitPca(const Matrix& x, std::size_t components) {
  CREDENCE_CHECK(x.rows >= 2 && components >= 1 && components <= x.cols);
  const Eigen::Map<const RowMajor> rows(x.values.data(), Index(x.rows), Index(x.cols));
  const Eigen::VectorXd mean = rows.colwise().mean();
  const RowMajor centred = rows.rowwise() - mean.transpose();
  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(Index(x.cols), Index(x.cols));
  covariance.selfadjointView<Eigen::Lower>().rankUpdate(centred.transpose(),
                                                        1.0 / static_cast<double>(x.rows - 1));
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);

  Pca pca{
      .mean = {mean.begin(), mean.end()}, .basis = Matrix(components, x.cols), .eigenvalues = {}};
  for (std::size_t k = 0; k < components; ++k) {
    const Eigen::Index from = Index(x.cols - 1 - k);  // ascending there, descending here
    pca.eigenvalues.push_back(solver.eigenvalues()[from]);
    Eigen::Map<Eigen::VectorXd>(pca.basis.row(k).data(), Index(x.cols)) =
        solver.eigenvectors().col(from);
  }
  return pca;
}

std::vector<double> Project(const Pca& pca, std::span<const double> x) {
  const Eigen::Map<const Eigen::VectorXd> picture(x.data(), Index(x.size()));
  const Eigen::Map<const Eigen::VectorXd> mean(pca.mean.data(), Index(x.size()));
  const Eigen::Map<const RowMajor> basis(pca.basis.values.data(), Index(pca.basis.rows),
                                         Index(pca.basis.cols));
  const Eigen::VectorXd tau = basis * (picture - mean);
  return {tau.begin(), tau.end()};
}

}  // namespace credence::fitting
