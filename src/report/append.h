// printf into a std::string. Threads: pure.
#pragma once

#include <string>

namespace credence::report {

// Appends what printf would print.
[[gnu::format(printf, 2, 3)]] void Append(std::string& out, const char* format, ...);

}  // namespace credence::report
