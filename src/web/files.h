// The files of the page, src/web/static, as they stand in the binary. Threads: pure.
#pragma once

#include <span>
#include <string_view>

namespace credence::web {

struct File {
  std::string_view name;  // "try.js"
  std::span<const unsigned char> bytes;
};

// In the order of their names.
std::span<const File> Files();

// What the whole page may weigh, before compression.
inline constexpr std::size_t kBytesMax = 200'000;

}  // namespace credence::web
