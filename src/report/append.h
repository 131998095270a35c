// printf into a std::string. Threads: pure.
#pragma once

#include <string>

namespace credence::report {

// Appends `format` and its arguments as printf prints them.
[[gnu::format(printf, 2, 3)]] void Append(std::string& out, const char* format, ...);

}  // namespace credence::report
