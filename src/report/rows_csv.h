// A CSV with a line for each picture, to compute other figures from.
// Threads: pure function.
#pragma once

#include <string>

#include "calibration/evaluate.h"

namespace credence::report {

// Columns: data (the data set), row (its number in the split), label (empty when it has none),
// predicted, second_opinion (empty without a pixel side), confidence, scaled_softmax, max_softmax,
// familiarity, unfamiliarity, verdict, reasons, then one `p:CLASS` a class with the calibrated
// probabilities. Numbers read back as the same values. The labelled rows first.
std::string RowsCsv(const calibration::Evaluation& evaluation);

}  // namespace credence::report
