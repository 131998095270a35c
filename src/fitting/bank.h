// The feature bank of a fit: which rows it holds, and the nearest of them in double.
//
// The run-time path keeps its own layout (reliability/kernels.h). Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fitting/matrix.h"
#include "reliability/bank.h"

namespace credence::fitting {

// Rows a bank may hold for features of length p: min(5000, ⌊2^20 / p⌋).
std::size_t BankRowsMax(std::size_t feature_size);

// Which of n rows of A the bank holds, in its order: all, or BankRowsMax(feature_size) at random.
std::vector<std::size_t> ChooseBank(std::uint64_t seed, std::size_t n, std::size_t feature_size);

// bank: unit rows [n, p]; unit: [p]. Distances are at most 2, and 2 where there is no such row.
// left_out: groups [n] of the bank's rows, and the one whose rows are not seen.
struct LeftOut {
  std::span<const std::size_t> groups;
  std::size_t group = 0;
};
reliability::Neighbours FindNeighbours(const Matrix& bank, std::span<const std::int32_t> labels,
                                       std::span<const double> unit, std::int32_t predicted,
                                       const std::optional<LeftOut>& left_out = {});

}  // namespace credence::fitting
