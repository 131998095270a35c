// The feature bank: normalised features of calibration images, searched by cosine distance.
//
// Like "deep nearest neighbours" (Sun et al. 2022) with k = 1, and the ratio to the nearest image
// of another class (Papernot and McDaniel 2018). In double; for fitting. The run-time path keeps
// its own layout (kernels.h). Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "reliability/matrix.h"

namespace credence::reliability {

// Rows a bank may hold for features of length p: min(5000, ⌊2^20 / p⌋).
std::size_t BankRowsMax(std::size_t feature_size);

// Which of n rows of A the bank holds, in its order: all, or BankRowsMax(feature_size) at random.
std::vector<std::size_t> ChooseBank(std::uint64_t seed, std::size_t n, std::size_t feature_size);

// f / (‖f‖ + 1e-12). The same loop for fitting and run time: the bank must see a picture's features
// as the request will.
void Normalise(std::span<const float> features, std::span<float> unit);

// Cosine distances, 0 .. 2.
struct Neighbours {
  double nearest = 2;  // δ
  double same = 2;     // δ_same: nearest of the predicted class; 2 when there is none
  double other = 2;    // δ_other
};

// bank: unit rows [n, p]; unit: [p]; `skip`: a row to leave out.
Neighbours FindNeighbours(const Matrix& bank, std::span<const std::int32_t> labels,
                          std::span<const double> unit, std::int32_t predicted,
                          std::optional<std::size_t> skip = {});

}  // namespace credence::reliability
