// Experience is what a fit learns from: the rows of A and their damaged copies, each looked at
// through models that have not seen it. Used by fit.cc only. Threads: pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "fitting/cross_fit.h"
#include "fitting/fit.h"
#include "reliability/signals.h"

namespace credence::fitting {

struct Experience {
  std::vector<reliability::Signals> rows;  // [n_A], cross-fitted
  std::vector<int> rows_correct;
  std::vector<std::int32_t> predicted;  // [n_A]
  std::size_t pixels_correct = 0;       // rows whose second opinion is the label
  std::vector<reliability::Signals> copies;
  std::vector<int> copies_correct;
};

// Fills what is about the rows of A. outputs: the model's for them.
void LookAtRows(const CrossFit& cross_fit, const LearnRows& learn, const ModelOutputs& outputs,
                Experience& experience);

// Makes the damaged copies batch by batch, runs the model on them and looks at what it says.
// Errors: what run_model returns; kFailedPrecondition - an output that is not finite.
Result<void> LearnFromCopies(const CalibrationRows& rows, const LearnRows& learn,
                             const CrossFit& cross_fit, const RunModel& run_model,
                             std::uint64_t seed, Experience& experience, FitReport& report);

// Drops d_sub, where the pixel model hardly knows the classes.
void DropShape(Experience& experience);

// Mean and SD of each signal over the rows.
reliability::Standard MeasureStandard(const std::vector<reliability::Signals>& rows);

// Fits the regression of P(correct). groups_a: see LogisticPenalty.
void FitHead(const Experience& experience, std::size_t groups_a, reliability::Profile& profile);

// Logits of P(correct) of the rows, with the costs of their classes.
std::vector<double> LearnLogits(const Experience& experience, const reliability::Profile& profile);

// The thumbnails of pictures of `shape`, one after another; empty without a pixel side.
std::vector<float> Thumbnails(std::span<const std::uint8_t> pictures,
                              const reliability::PictureShape& shape);

template <class T>
std::span<const T> RowOf(std::span<const T> values, std::size_t row, std::size_t size) {
  return values.subspan(row * size, size);
}

}  // namespace credence::fitting
