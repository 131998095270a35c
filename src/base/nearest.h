// Finds what a misspelt name was meant to be. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace credence {

// The name that the fewest edits make of `word`: a character added, left out or replaced, or two
// neighbours swapped, each without regard to case. Of equals the first. Empty when none is near: an
// edit for every three characters of `word` are allowed, and at least one. Names over 64 characters
// are passed over.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> names);

// "; did you mean NAME?" for the nearest name, with `prefix` before it; "" when none is near.
std::string DidYouMean(std::string_view word, std::span<const std::string_view> names,
                       std::string_view prefix = "");

}  // namespace credence
