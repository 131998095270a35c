// Any bytes, any format: Decode answers, within limits small enough to be quick.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "image/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace credence::image;
  const DecodeOptions options{.limits = {.pixels_max = 250'000, .side_px_max = 2'000}};
  Decoded decoded;
  if (Decode({data, size}, options, decoded)) {
    CREDENCE_CHECK(decoded.pixels.data.size() == decoded.pixels.size());
    CREDENCE_CHECK(decoded.pixels.channels == decoded.source.channels);
  }
  return 0;
}
