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

// How `options` want a model compiled that `streams` sessions run at once.
ov::AnyMap CompileOptions(const LoadOptions& options, int streams);

// A set of sizes for each of options.slots, as far as kOwnCompiledBytesMax: the engine runs a
// model of one stream on the calling thread, and one of several streams on threads of its own,
// which costs a short run more than its work.
// REQUIRES: as CompileSizes.
std::vector<CompiledSizes> CompileForEach(ov::Core& core, const std::shared_ptr<ov::Model>& graph,
                                          std::span<const int> sizes, int batch_min,
                                          const LoadOptions& options);

// Compiles for the first of `sizes` and times that. Where a run takes at most a millisecond
// (of a small model: of a core's time, however busy the machine is), gives what CompileForEach
// gives; else one set that all sessions share: for the other sizes, too, if they pay, and as far as
// batch_min in any case.
// REQUIRES: `sizes` is what BatchSizes gave for `graph`. OpenVINO's exceptions may pass through.
std::vector<CompiledSizes> CompileSizes(ov::Core& core, const std::shared_ptr<ov::Model>& graph,
                                        std::span<const int> sizes, int batch_min,
                                        const LoadOptions& options);

}  // namespace credence::model
