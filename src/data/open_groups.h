// Which pictures of a split belong together, as the options of Open say. Used by open.cc only.
#pragma once

#include "base/result.h"
#include "data/dataset.h"
#include "data/splits.h"

namespace credence::data {

// Sets the groups of `parts` and what said so; those of a CSV's column are there already.
// Errors: kInvalidArgument - they cannot be told; kNotFound - no groups file.
Result<void> SetGroups(const Split& split, const OpenOptions& options, Dataset::Parts& parts);

}  // namespace credence::data
