// OpenVINO's messages in fewer words. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace credence::model {

// Whether what the engine threw, or says, is that it was given no memory: it wraps some of that.
inline bool WantsMemory(std::string_view text) {
  return text.find("bad_alloc") != text.npos ||
         text.find("could not create a memory") != text.npos ||
         text.find("not enough memory") != text.npos || text.find("out of memory") != text.npos;
}
inline Error OutOfMemory() { return {Code::kResourceExhausted, "out of memory"}; }

// OpenVINO's messages name its source lines first and the cause last.
inline std::string LastLine(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));  // npos + 1 == 0
}

}  // namespace credence::model
