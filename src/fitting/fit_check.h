// The checks and the warnings of FitProfile. Used by fit.cc only.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "fitting/fit.h"

namespace credence::fitting {

// Errors: see FitProfile.
Result<void> CheckRows(const CalibrationRows& rows, const FitOptions& options);

// Outputs of the model on copies number first .. first + count - 1.
Result<void> CheckCopies(const CalibrationRows& rows, const ModelOutputs& outputs,
                         std::size_t first, std::size_t count);

// Errors: kInvalidArgument - too few groups certify.
Result<void> CheckGroups(const CalibrationRows& rows, const Split& split);

// Fills missing_classes and warnings. rows_correct: of the rows of A.
void AddWarnings(const CalibrationRows& rows, const reliability::Profile& profile,
                 const std::vector<int>& rows_correct, FitReport& report);

}  // namespace credence::fitting
