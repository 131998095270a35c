// The engine that servers use: OpenVINO on the CPU, in float32 unless bf16 is asked for.
#pragma once

#include <memory>

#include "model/model.h"

namespace credence::model {

// Loads SavedModels, ONNX files and OpenVINO IR. Keeps what is costly to set up (plugins, front
// ends), so that one engine should load all models. Immutable, thread-safe.
//
// Batches: each model is compiled at load for batch sizes 1, 2, 4, … up to LoadOptions::batch_max,
// fewer for large models (kCompiledBytesMax in graph.h); a batch between two sizes is padded to
// the larger. Sessions run inline on the calling thread.
std::unique_ptr<Engine> MakeOpenVinoEngine();

}  // namespace credence::model
