// What was sent compressed: gzip, or deflate in zlib's wrapper (RFC 1950).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_budget.h"
#include "base/result.h"

namespace credence {

// Whether `encoding`, a Content-Encoding, is one that Inflated undoes.
bool CanInflate(std::string_view encoding);

// Inflated holds the bytes of one compressed body at a time. Their memory is taken from a budget
// before it is allocated. Thread-compatible.
class Inflated {
 public:
  // nullptr: no limit beside that of Undo.
  explicit Inflated(ByteBudget* budget = nullptr) : held_(budget, ByteUse::kBody) {}

  // Holds what `compressed` was made of. After an error it holds nothing of use until Clear.
  // Errors: kInvalidArgument - it is damaged, or something stands behind it; kTooLarge - more than
  //         `bytes_max` come out, or more than the budget can ever give; kResourceExhausted - more
  //         than is left of it. REQUIRES: it is gzip or deflate.
  Result<void> Undo(std::span<const std::uint8_t> compressed, std::size_t bytes_max);
  std::span<const std::uint8_t> bytes() const { return bytes_; }
  // Frees them. A buffer of up to kUncountedBytes is kept for the next.
  void Clear();

 private:
  Result<void> Grow(std::size_t bytes);

  std::vector<std::uint8_t> bytes_;
  HeldBytes held_;  // the buffer, while it is in use
};

}  // namespace credence
