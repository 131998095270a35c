// The engine, started so that a want of memory at that moment ends the program and does not hang
// it.
#pragma once

#include <memory>

#include "model/model.h"

namespace credence::cli {

// Starts the engine. Ends the process with status 1, saying why, if that has not come to an end
// after 10 s; see model::StartScheduler. REQUIRES: called on the main thread.
// Throws std::bad_alloc, std::system_error.
std::unique_ptr<model::Engine> StartEngine();

}  // namespace credence::cli
