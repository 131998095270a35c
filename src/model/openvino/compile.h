// Compile makes a graph runnable: for one example, and for the batch sizes that pay.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <openvino/core/model.hpp>
#include <openvino/runtime/core.hpp>

#include "model/openvino/openvino_model.h"

namespace credence::model {

// Whether a run of several examples costs less than as many runs of one. It does while a run is
// short, since what the engine does around it is shared, and while the weights are most of what it
// reads, since those are, too. A run that computes all the time gains nothing (measured:
// docs/decisions/0001-engine-openvino.md).
bool BatchesPay(std::chrono::nanoseconds one_example, std::int64_t weight_bytes);

// Compiles for the first of `sizes`, times that, and compiles for the others if they pay; as far as
// batch_min in any case.
// REQUIRES: `sizes` is what BatchSizes gave for `graph`. OpenVINO's exceptions may pass through.
std::vector<Compiled> CompileSizes(ov::Core& core, const std::shared_ptr<ov::Model>& graph,
                                   std::span<const int> sizes, int batch_min,
                                   const ov::AnyMap& options);

}  // namespace credence::model
