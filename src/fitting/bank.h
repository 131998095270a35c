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

// bank: unit rows [n, p]; unit: [p]; `skip`: a row to leave out.
reliability::Neighbours FindNeighbours(const Matrix& bank, std::span<const std::int32_t> labels,
                                       std::span<const double> unit, std::int32_t predicted,
                                       std::optional<std::size_t> skip = {});

}  // namespace credence::fitting
