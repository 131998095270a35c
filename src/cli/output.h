// Standard output, checked: what a verb has printed has arrived, or it failed.
#pragma once

#include "base/result.h"

namespace credence::cli {

// Has a write to a closed pipe fail instead of ending the process, and large outputs leave in one
// piece: a reader that stops early, such as head, is still there when they do. Standard streams
// that are not open stay so, and no file that is opened takes their place. To be called first.
void PrepareOutput();

// Writes what stdio holds for standard output; iostreams are not used.
// Errors: kUnavailable - nobody reads the pipe any more; kResourceExhausted - this write or an
//         earlier one failed for another reason, which it names.
Result<void> FlushOutput();

// Whether standard output is a terminal, and the variable NO_COLOR is not set or empty.
bool ColourWanted();

}  // namespace credence::cli
