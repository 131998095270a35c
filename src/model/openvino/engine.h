// The engine that servers use: OpenVINO on the CPU, in float32 unless bf16 is asked for.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "model/model.h"

namespace credence::model {

// Loads SavedModels, ONNX files and OpenVINO IR. Keeps what is costly to set up (plugins, front
// ends), so that one engine should load all models. Immutable, thread-safe.
//
// Batches: each model is compiled at load for batch sizes 1, 2, 4, … up to LoadOptions::batch_max,
// fewer for large models (kCompiledBytesMax in graph.h), and for one picture alone where batches do
// not pay (BatchesPay in compile.h); a batch between two sizes is padded to the larger.
//
// Threads: where a run takes at most a millisecond, and where there is one session, it runs on the
// calling thread. Longer ones the engine hands to a thread of its own, one a session, which has the
// priority of the thread that loads; the caller waits.
std::unique_ptr<Engine> MakeOpenVinoEngine();

// Starts oneTBB, the engine's scheduler of threads, for as long as the calling thread lives. To be
// called once, by a thread that lives as long as the engine is used. Throws std::bad_alloc. Does
// not return if one of some ten allocations in it is refused: oneTBB 2021.13 throws while it holds
// a lock that it then waits for (global_control_lock, terminate_on_exception). What the engine asks
// of a scheduler that has been started fails in the usual way.
void StartScheduler();

// Reads a model and looks at its graph as Load does first, but compiles nothing. `signature`: of a
// SavedModel; empty: as Load chooses. Errors: as Load's.
Result<void> TryToRead(const std::filesystem::path& path, const std::string& signature);

// "OpenVINO 2026.4.1": the one that is loaded.
std::string OpenVinoName();

}  // namespace credence::model
