// Answer is what a predictor says about one input: the prediction, and how the input was read.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.h"
#include "image/adapt.h"
#include "model/tensor.h"
#include "predictor/number_range.h"
#include "predictor/prediction.h"

namespace credence::predictor {

// Reuse one object a place: its buffers keep their capacity.
struct Answer {
  image::Adapted adapted;            // what the model saw, and what was done to get it
  std::optional<NumberSpan> misfit;  // of numbers that are in no known range
  // The picture's tensor as it was sent, bit for bit; empty: made from adapted.canonical.
  std::vector<std::byte> tensor;
  std::vector<model::Tensor> tensors;  // that were sent to a model that takes no picture
  Prediction prediction;               // of a picture classifier
  std::vector<model::Tensor> outputs;  // the model's own, untouched, if they were asked for
  // Set: there is nothing else, but for the outputs if the reason is that they are not finite.
  std::optional<Error> error;

  // Forgets the last values, keeping the buffers.
  void Clear();
};

// Where the time went. Of a batch, infer and assess are those of all its inputs together.
struct Timings {
  std::chrono::nanoseconds decode{0}, adapt{0}, infer{0}, assess{0};

  Timings& operator+=(const Timings& other);
};

}  // namespace credence::predictor
