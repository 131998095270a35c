// The engine that servers use: OpenVINO on the CPU, in float32 unless bf16 is asked for.
#pragma once

#include <memory>

#include "model/model.h"

namespace credence::model {

// Reads SavedModels, ONNX files and OpenVINO IR. Immutable, thread-safe; load with it as often as
// you like: what is costly (plugins, front ends) is kept.
//
// Batches: each model is compiled at load for batch sizes 1, 2, 4, … up to LoadOptions::batch_max,
// fewer for large models (kCompiledBytesMax in graph.h); a batch between two sizes is padded to
// the larger. Sessions run inline on the calling thread.
std::unique_ptr<Engine> MakeOpenVinoEngine();

}  // namespace credence::model
