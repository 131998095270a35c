// Reports the progress of long work. Threads: called on the caller's thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace credence::calibration {

// what: "reading", "running the model", …; done of `all` so far. Empty: not called.
using Progress = std::function<void(std::string_view what, std::size_t done, std::size_t all)>;

}  // namespace credence::calibration
