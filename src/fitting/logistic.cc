#include "fitting/logistic.h"

#include <cmath>

#include <Eigen/Dense>

#include "reliability/logits.h"

namespace credence::fitting {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr int kStepsMax = 200;
constexpr int kHalvingsMax = 50;

class Objective {
 public:
  Objective(const LogisticData& data, double lambda)
      : data_(data),
        design_(static_cast<Eigen::Index>(data.x.rows), static_cast<Eigen::Index>(data.x.cols) + 1),
        penalty_(Eigen::VectorXd::Constant(design_.cols(), lambda)) {
    const Eigen::Index last = design_.cols() - 1;
    design_.leftCols(last) = Eigen::Map<const RowMajor>(data.x.values.data(), design_.rows(), last);
    design_.col(last).setOnes();
    penalty_[last] = lambda / 10;
  }

  Eigen::Index size() const { return design_.cols(); }

  double Value(const Eigen::VectorXd& theta) const {
    const Eigen::VectorXd eta = Eta(theta);
    double sum = 0.5 * penalty_.dot(theta.cwiseAbs2());
    for (std::size_t i = 0; i < data_.weight.size(); ++i) {
      const double e = eta[static_cast<Eigen::Index>(i)];
      sum += data_.weight[i] * (reliability::Softplus(e) - data_.correct[i] * e);
    }
    return sum;
  }

  Eigen::VectorXd NewtonStep(const Eigen::VectorXd& theta) const {
    const Eigen::VectorXd eta = Eta(theta);
    Eigen::VectorXd slope(eta.size());
    Eigen::VectorXd curvature(eta.size());
    for (Eigen::Index i = 0; i < eta.size(); ++i) {
      const auto row = static_cast<std::size_t>(i);
      const double p = reliability::Sigmoid(eta[i]);
      slope[i] = data_.weight[row] * (p - data_.correct[row]);
      curvature[i] = data_.weight[row] * p * (1 - p);
    }
    const Eigen::VectorXd gradient = design_.transpose() * slope + penalty_.cwiseProduct(theta);
    Eigen::MatrixXd hessian = design_.transpose() * curvature.asDiagonal() * design_;
    hessian.diagonal() += penalty_;
    return -hessian.ldlt().solve(gradient);
  }

 private:
  Eigen::VectorXd Eta(const Eigen::VectorXd& theta) const {
    return design_ * theta + Eigen::Map<const Eigen::VectorXd>(data_.offset.data(), design_.rows());
  }

  const LogisticData& data_;
  Eigen::MatrixXd design_;  // the intercept is its last column
  Eigen::VectorXd penalty_;
};

}  // namespace

LogisticFit FitLogistic(const LogisticData& data, double lambda) {
  const Objective objective(data, lambda);
  Eigen::VectorXd theta = Eigen::VectorXd::Zero(objective.size());
  double value = objective.Value(theta);
  for (int step = 0; step < kStepsMax; ++step) {
    Eigen::VectorXd direction = objective.NewtonStep(theta);
    double next = objective.Value(theta + direction);
    for (int halving = 0; halving < kHalvingsMax && !(next <= value); ++halving) {
      direction /= 2;
      next = objective.Value(theta + direction);
    }
    if (!(next <= value)) break;
    const double decrease = value - next;
    theta += direction;
    value = next;
    if (decrease <= 1e-9 * std::abs(value)) break;
  }
  const Eigen::Index features = objective.size() - 1;
  return {.beta = {theta.data(), theta.data() + features},
          .intercept = theta[features],
          .objective = value};
}

double LogisticPenalty(std::size_t groups_a) {
  return 1.5 * (1 + 1000 / static_cast<double>(groups_a));
}

}  // namespace credence::fitting
