// Chooses the calibration pictures that a version keeps. Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "calibration/pictures.h"
#include "image/pixels.h"
#include "predictor/similar.h"

namespace credence::calibration {

// Returns the pictures of the bank's rows, at most 32 px a side; if they do not fit into the file,
// evenly spaced ones. rows_a: the rows of `pictures` that are in A, ascending. feature_size: 0
// without a bank; then it returns up to 5000 of A. Leaves `profile` empty.
predictor::KnownPictures ChooseKnownPictures(const Pictures& pictures,
                                             std::span<const std::size_t> rows_a,
                                             std::uint64_t seed, std::size_t feature_size);

// Canonical pictures to make golden inputs from: the first kGoldenRows of `rows`, and one of noise.
// REQUIRES: there is a row.
inline constexpr std::size_t kGoldenRows = 60;
std::vector<image::Pixels> GoldenCandidates(const Pictures& pictures,
                                            std::span<const std::size_t> rows);

}  // namespace credence::calibration
