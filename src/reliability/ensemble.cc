#include "reliability/ensemble.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace credence::reliability {
namespace {

double Entropy(std::span<const double> probabilities) {
  double sum = 0;
  for (const double p : probabilities) {
    if (p > 0) sum -= p * std::log(p);
  }
  return sum;
}

std::ptrdiff_t Top(std::span<const double> values) {
  return std::max_element(values.begin(), values.end()) - values.begin();
}

void SoftmaxInto(std::span<const float> logits, std::span<double> probabilities) {
  const double top = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
  double sum = 0;
  for (std::size_t k = 0; k < logits.size(); ++k) {
    probabilities[k] = std::exp(static_cast<double>(logits[k]) - top);
    sum += probabilities[k];
  }
  for (double& p : probabilities) p /= sum;
}

}  // namespace

EnsembleStats SummarisePasses(std::span<const double> probabilities, std::size_t passes,
                              std::span<double> mean, std::span<double> variance) {
  const std::size_t classes = mean.size();
  CREDENCE_CHECK(passes >= 1 && probabilities.size() == passes * classes &&
                 variance.size() == classes);
  const double n = static_cast<double>(passes);
  std::fill(mean.begin(), mean.end(), 0);
  std::fill(variance.begin(), variance.end(), 0);
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    mean[i % classes] += probabilities[i] / n;
  }
  double expected_entropy = 0;
  double votes = 0;
  for (std::size_t j = 0; j < passes; ++j) {
    const std::span<const double> pass = probabilities.subspan(j * classes, classes);
    for (std::size_t k = 0; k < classes; ++k) {
      variance[k] += (pass[k] - mean[k]) * (pass[k] - mean[k]) / n;
    }
    expected_entropy += Entropy(pass) / n;
    if (Top(pass) == Top(mean)) votes += 1;
  }
  const double entropy = Entropy(mean);
  return {.predictive_entropy = entropy,
          .mutual_information = entropy - expected_entropy,
          .vote_agreement = votes / n};
}

EnsembleStats CombinePasses(std::span<const float> logits, std::span<const float> features,
                            std::size_t passes, const EnsembleOutput& out,
                            std::vector<double>& scratch) {
  const std::size_t classes = out.logits.size();
  CREDENCE_CHECK(out.variance.size() == classes && features.size() == passes * out.features.size());
  scratch.resize((passes + 2) * classes);
  const std::span<double> all(scratch);
  const std::span<double> probabilities = all.first(passes * classes);
  const std::span<double> mean = all.subspan(passes * classes, classes);
  const std::span<double> variance = all.last(classes);
  for (std::size_t j = 0; j < passes; ++j) {
    SoftmaxInto(logits.subspan(j * classes, classes), probabilities.subspan(j * classes, classes));
  }
  const EnsembleStats stats = SummarisePasses(probabilities, passes, mean, variance);
  for (std::size_t k = 0; k < classes; ++k) {
    out.logits[k] = static_cast<float>(std::log(std::max(mean[k], 1e-12)));
    out.variance[k] = static_cast<float>(variance[k]);
  }
  const std::size_t size = out.features.size();
  for (std::size_t f = 0; f < size; ++f) {
    double sum = 0;
    for (std::size_t j = 0; j < passes; ++j) sum += static_cast<double>(features[j * size + f]);
    out.features[f] = static_cast<float>(sum / static_cast<double>(passes));
  }
  return stats;
}

}  // namespace credence::reliability
