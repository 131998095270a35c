#include <spng.h>

#include <cstdlib>
#include <memory>

#include "base/check.h"
#include "image/adapt.h"

namespace credence::image {

std::vector<std::uint8_t> EncodePng(const Pixels& pixels) {
  constexpr std::uint8_t kColourTypes[] = {
      SPNG_COLOR_TYPE_GRAYSCALE, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, SPNG_COLOR_TYPE_TRUECOLOR,
      SPNG_COLOR_TYPE_TRUECOLOR_ALPHA};
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> context(spng_ctx_new(SPNG_CTX_ENCODER),
                                                                    &spng_ctx_free);
  CREDENCE_CHECK(context != nullptr);
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header = {};
  header.width = static_cast<std::uint32_t>(pixels.width);
  header.height = static_cast<std::uint32_t>(pixels.height);
  header.bit_depth = 8;
  header.color_type = kColourTypes[pixels.channels - 1];
  CREDENCE_CHECK(spng_set_ihdr(context.get(), &header) == 0);
  CREDENCE_CHECK(spng_encode_image(context.get(), pixels.data.data(), pixels.size(), SPNG_FMT_PNG,
                                   SPNG_ENCODE_FINALIZE) == 0);
  std::size_t size = 0;
  int error = 0;
  const std::unique_ptr<void, decltype(&std::free)> file(
      spng_get_png_buffer(context.get(), &size, &error), &std::free);
  CREDENCE_CHECK(file != nullptr && error == 0);
  const auto* bytes = static_cast<const std::uint8_t*>(file.get());
  return {bytes, bytes + size};
}

}  // namespace credence::image
