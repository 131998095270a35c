// Profiles of plausible random numbers, for tests and benchmarks only.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "reliability/assess.h"

namespace credence::reliability {

// A profile of the given shape, with arrays of plausible random numbers; valid.
struct ProfileShape {
  std::size_t classes = 10;
  std::size_t feature_size = 64;
  std::size_t bank_rows = 2500;
  std::size_t side = 28;
  std::size_t components = 32;
};
Profile RandomProfile(const ProfileShape& shape);

// 3 classes, 4 features, pictures of 8 x 8 grey pixels.
Profile SmallProfile();

// Assesses rows: logits [n, classes], features [n, feature_size] or empty, x [n, thumbnail size] or
// empty.
std::vector<Assessment> AssessRows(const Assessor& assessor, std::span<const float> logits,
                                   std::span<const float> features, std::span<const float> x);

}  // namespace credence::reliability
