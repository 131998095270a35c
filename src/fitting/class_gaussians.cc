#include "fitting/class_gaussians.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Dense>

namespace credence::fitting {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::Map<const Eigen::VectorXd>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Factor {
  Matrix inverse_cholesky;
  double logdet = 0;
};

Factor Factorise(const Eigen::MatrixXd& covariance) {
  const Eigen::Index d = covariance.rows();
  const Eigen::LLT<Eigen::MatrixXd> llt(covariance);
  const Eigen::MatrixXd lower = llt.matrixL();
  const Eigen::MatrixXd inverse =
      lower.triangularView<Eigen::Lower>().solve(Eigen::MatrixXd::Identity(d, d));
  Factor factor{
      .inverse_cholesky = Matrix(static_cast<std::size_t>(d), static_cast<std::size_t>(d)),
      .logdet = 2 * lower.diagonal().array().log().sum()};
  Eigen::Map<RowMajor>(factor.inverse_cholesky.values.data(), d, d) =
      inverse.triangularView<Eigen::Lower>();
  return factor;
}

}  // namespace

ClassGaussians FitClassGaussians(const Matrix& x, std::span<const std::int32_t> labels,
                                 std::size_t classes, const std::vector<bool>& use) {
  const Eigen::Index d = Index(x.cols);
  ClassGaussians g{.mean = Matrix(classes, x.cols),
                   .factor = {},
                   .logdet = std::vector<double>(classes),
                   .present = std::vector<std::int32_t>(classes)};
  std::vector<std::size_t> count(classes);
  Eigen::Map<RowMajor> mean(g.mean.values.data(), Index(classes), d);
  std::size_t rows = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (!use[i]) continue;
    const auto c = static_cast<std::size_t>(labels[i]);
    mean.row(Index(c)) += Vector(x.row(i).data(), d).transpose();
    ++count[c];
    ++rows;
  }
  std::size_t present = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    if (count[c] == 0) continue;
    mean.row(Index(c)) /= static_cast<double>(count[c]);
    g.present[c] = 1;
    ++present;
  }

  const bool own = classes <= kOwnCovarianceClassesMax;
  std::vector<Eigen::MatrixXd> scatter(own ? classes : 1, Eigen::MatrixXd::Zero(d, d));
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (!use[i]) continue;
    const auto c = static_cast<std::size_t>(labels[i]);
    const Eigen::VectorXd off = Vector(x.row(i).data(), d) - mean.row(Index(c)).transpose();
    scatter[own ? c : 0].noalias() += off * off.transpose();
  }
  Eigen::MatrixXd pooled = Eigen::MatrixXd::Zero(d, d);
  for (const Eigen::MatrixXd& w : scatter) pooled += w;
  pooled /= static_cast<double>(rows > present ? rows - present : 1);
  const double nu = static_cast<double>(x.cols);
  const Eigen::MatrixXd ridge =
      (1e-3 * pooled.trace() / nu + 1e-12) * Eigen::MatrixXd::Identity(d, d);

  if (!own) {
    Factor shared = Factorise(pooled + ridge);
    g.factor.push_back(std::move(shared.inverse_cholesky));
    std::fill(g.logdet.begin(), g.logdet.end(), shared.logdet);
    return g;
  }
  for (std::size_t c = 0; c < classes; ++c) {
    const double n = static_cast<double>(count[c]);
    Factor factor = Factorise((scatter[c] + nu * pooled) / (n + nu) + ridge);
    g.factor.push_back(std::move(factor.inverse_cholesky));
    g.logdet[c] = factor.logdet;
  }
  return g;
}

std::vector<double> Mahalanobis(const ClassGaussians& g, std::span<const double> x) {
  std::vector<double> distance(g.mean.rows, kInfinity);
  const Vector at(x.data(), Index(x.size()));
  for (std::size_t c = 0; c < distance.size(); ++c) {
    if (g.present[c] == 0) continue;
    const Eigen::VectorXd off = at - Vector(g.mean.row(c).data(), Index(x.size()));
    const Eigen::Map<const RowMajor> factor(g.factor_of(c).values.data(), Index(x.size()),
                                            Index(x.size()));
    distance[c] = (factor.triangularView<Eigen::Lower>() * off).squaredNorm();
  }
  return distance;
}

std::vector<double> LogLikelihood(const ClassGaussians& g, std::span<const double> mahalanobis) {
  std::vector<double> result(mahalanobis.size());
  for (std::size_t c = 0; c < result.size(); ++c) {
    result[c] = -0.5 * (mahalanobis[c] + g.logdet[c]);
  }
  return result;
}

double SecondOpinion(std::span<const double> log_likelihood, std::size_t predicted) {
  if (log_likelihood[predicted] == -kInfinity) return -50;
  double top = -kInfinity;
  for (std::size_t c = 0; c < log_likelihood.size(); ++c) {
    if (c != predicted) top = std::max(top, log_likelihood[c]);
  }
  if (top == -kInfinity) return 50;
  double sum = 0;
  for (std::size_t c = 0; c < log_likelihood.size(); ++c) {
    if (c != predicted) sum += std::exp(log_likelihood[c] - top);
  }
  return std::clamp(log_likelihood[predicted] - top - std::log(sum), -50.0, 50.0);
}

}  // namespace credence::fitting
