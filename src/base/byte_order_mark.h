// The byte order mark that some editors and clients write before UTF-8. Pure.
#pragma once

#include <string_view>

namespace credence {

// `text` without the mark at its beginning, if there is one.
constexpr std::string_view WithoutByteOrderMark(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

}  // namespace credence
