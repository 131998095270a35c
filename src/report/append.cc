#include "report/append.h"

#include <cstdarg>
#include <cstdio>

namespace credence::report {

void Append(std::string& out, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, arguments);
  va_end(arguments);
  const std::size_t begin = out.size();
  out.resize(begin + static_cast<std::size_t>(length) + 1);  // and printf's NUL
  std::vsnprintf(out.data() + begin, static_cast<std::size_t>(length) + 1, format, again);
  va_end(again);
  out.pop_back();
}

}  // namespace credence::report
