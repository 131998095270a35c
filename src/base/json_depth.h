// How deep JSON of others nests, before it is parsed: a parsed value is copied, compared and
// printed by recursion, which a text that nests 100,000 deep would have run off the stack.
#pragma once

#include <string_view>

namespace credence {

inline constexpr int kJsonDepthMax = 100;  // objects and lists within each other
inline constexpr std::string_view kJsonTooDeep = "nested deeper than 100 levels";

// Whether `json` nests deeper than kJsonDepthMax. Of what is no JSON the answer means nothing.
bool IsTooDeep(std::string_view json);

// `json`, or, where it is too deep, nothing, which no parser accepts.
inline std::string_view Shallow(std::string_view json) {
  return IsTooDeep(json) ? std::string_view() : json;
}

}  // namespace credence
