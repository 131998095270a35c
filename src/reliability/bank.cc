#include "reliability/bank.h"

#include <cmath>

namespace credence::reliability {

void Normalise(std::span<const float> features, std::span<float> unit) {
  double squares = 0;
  for (const float f : features) squares += static_cast<double>(f) * static_cast<double>(f);
  const double inverse = 1 / (std::sqrt(squares) + 1e-12);
  for (std::size_t j = 0; j < features.size(); ++j) {
    unit[j] = static_cast<float>(static_cast<double>(features[j]) * inverse);
  }
}

}  // namespace credence::reliability
