// OpenVINO's messages in fewer words. Pure.
#pragma once

#include <string>
#include <string_view>

namespace credence::model {

// OpenVINO's messages name its source lines first and the cause last.
inline std::string LastLine(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));  // npos + 1 == 0
}

}  // namespace credence::model
