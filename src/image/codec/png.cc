// PNG by libspng, which is shown only the chunks that make pixels: profiles and texts, whatever
// they inflate to, are stepped over, and their mistakes do not cost the picture.
#include <spng.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/codec/bytes.h"
#include "image/codec/codec.h"
#include "image/codec/orientation.h"
#include "image/codec/palette.h"

namespace credence::image::codec {
namespace {

constexpr std::size_t kSignatureBytes = 8, kChunkFrameBytes = 12;

struct PngLayout {
  std::uint32_t width = 0, height = 0;
  int depth = 0;                   // bits a sample: 1, 2, 4, 8, 16
  int color_type = 0;              // SPNG_COLOR_TYPE_*
  bool interlaced = false;         // Adam7
  Bytes palette, transparency;     // content of PLTE and tRNS; empty: none
  std::optional<int> orientation;  // of the first eXIf that states one
  bool extras = false;             // has chunks that libspng is not to see

  bool grey() const {
    return color_type == SPNG_COLOR_TYPE_GRAYSCALE || color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
  }
  bool stored_alpha() const {
    return color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
           color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
  }
  // One stored value of at most 8 bits a pixel, so that a table gives the pixel.
  bool tabular() const {
    return depth <= 8 &&
           (color_type == SPNG_COLOR_TYPE_INDEXED || color_type == SPNG_COLOR_TYPE_GRAYSCALE);
  }
  // Whether its pixels are stored as Pixels wants them.
  bool as_stored() const {
    return depth == 8 && transparency.empty() && color_type != SPNG_COLOR_TYPE_INDEXED;
  }
};

int StoredChannels(const PngLayout& layout) {
  return (layout.grey() ? 1 : 3) + (layout.stored_alpha() ? 1 : 0);
}

// The stored level of one channel that is transparent; of 16 bits given, those of the depth count.
std::size_t KeyLevel(const PngLayout& layout, std::size_t channel) {
  return Be16(layout.transparency, 2 * channel) & ((1U << layout.depth) - 1);
}

bool IsAncillary(Bytes type) { return (type[0] & 0x20) != 0; }

bool MakesPixels(Bytes type, bool before_data, const PngLayout& layout) {
  if (!IsAncillary(type)) return true;
  return HasAt(type, 0, "tRNS") && before_data && !layout.stored_alpha();
}

// Calls visit(type, content, whole chunk) for each chunk after the signature up to IEND.
template <class Visit>
Result<void> ForEachChunk(Bytes file, Visit visit) {
  for (std::size_t at = kSignatureBytes; file.size() - at >= kChunkFrameBytes;) {
    const std::size_t length = Be32(file, at);
    if (length > file.size() - at - kChunkFrameBytes) break;
    const Bytes type = file.subspan(at + 4, 4);
    visit(type, file.subspan(at + 8, length), file.subspan(at, length + kChunkFrameBytes));
    if (HasAt(type, 0, "IEND")) return {};
    at += length + kChunkFrameBytes;
  }
  return Invalid("the file is cut short (no IEND)");
}

Result<PngLayout> ReadPngLayout(Bytes file) {
  constexpr std::size_t kHeaderEnd = kSignatureBytes + kChunkFrameBytes + 13;
  if (file.size() < kHeaderEnd || !HasAt(file, kSignatureBytes + 3, "\x0dIHDR")) {
    return Invalid("does not begin with an IHDR chunk of 13 bytes");
  }
  PngLayout layout;
  layout.width = Be32(file, 16);
  layout.height = Be32(file, 20);
  layout.depth = file[24];
  layout.color_type = file[25];
  layout.interlaced = file[28] == 1;
  bool before_data = true;
  const Result<void> whole = ForEachChunk(file, [&](Bytes type, Bytes content, Bytes) {
    if (HasAt(type, 0, "IDAT")) before_data = false;
    if (before_data && HasAt(type, 0, "PLTE")) layout.palette = content;
    if (HasAt(type, 0, "eXIf") && !layout.orientation) {
      layout.orientation = ExifOrientation(content);
    }
    if (!MakesPixels(type, before_data, layout)) {
      layout.extras = true;
    } else if (HasAt(type, 0, "tRNS")) {
      layout.transparency = content;
    }
  });
  if (!whole) return whole.error();
  if (before_data) return Invalid("holds no picture (no IDAT)");
  const bool keyed = layout.color_type != SPNG_COLOR_TYPE_INDEXED && !layout.transparency.empty();
  if (keyed && layout.transparency.size() != 2 * static_cast<std::size_t>(StoredChannels(layout))) {
    return Invalid("tRNS has " + std::to_string(layout.transparency.size()) + " bytes");
  }
  return layout;
}

// A copy of the file without the chunks that make no pixels.
std::vector<std::uint8_t> Essentials(Bytes file, const PngLayout& layout) {
  std::vector<std::uint8_t> kept(file.begin(), file.begin() + kSignatureBytes);
  bool before_data = true;
  const Result<void> whole = ForEachChunk(file, [&](Bytes type, Bytes, Bytes chunk) {
    if (HasAt(type, 0, "IDAT")) before_data = false;
    if (MakesPixels(type, before_data, layout)) kept.insert(kept.end(), chunk.begin(), chunk.end());
  });
  CREDENCE_CHECK(whole.ok());
  return kept;
}

// The table of an indexed picture, or of a grey one of at most 8 bits.
Palette ReadPalette(const PngLayout& layout) {
  Palette palette;
  palette.transparent = !layout.transparency.empty();
  if (layout.color_type == SPNG_COLOR_TYPE_INDEXED) {
    palette.size = static_cast<int>(std::min<std::size_t>(layout.palette.size() / 3, 256));
    for (std::size_t i = 0; i < static_cast<std::size_t>(palette.size); ++i) {
      const Bytes rgb = layout.palette.subspan(i * 3, 3);
      const std::uint8_t alpha = i < layout.transparency.size() ? layout.transparency[i] : 255;
      palette.entry[i] = {rgb[0], rgb[1], rgb[2], alpha};
    }
    return palette;
  }
  palette.size = 1 << layout.depth;
  const std::size_t key = palette.transparent ? KeyLevel(layout, 0) : SIZE_MAX;
  for (int i = 0; i < palette.size; ++i) {
    const auto level = static_cast<std::uint8_t>(i * 255 / (palette.size - 1));
    const auto at = static_cast<std::size_t>(i);
    palette.entry[at] = {level, level, level, static_cast<std::uint8_t>(at == key ? 0 : 255)};
  }
  return palette;
}

int Channels(const PngLayout& layout) {
  if (layout.color_type == SPNG_COLOR_TYPE_INDEXED) return ReadPalette(layout).channels();
  return StoredChannels(layout) + (layout.transparency.empty() ? 0 : 1);
}

Result<Header> ReadPngHeader(Bytes file) {
  const Result<PngLayout> layout = ReadPngLayout(file);
  if (!layout) return layout.error();
  auto header = MakeHeader(Format::kPng, layout->width, layout->height, Channels(*layout));
  if (header && layout->extras) header->beside = file.size();
  return header;
}

// Which pixels of the picture a scanline holds: x = first + i * step.
struct Stride {
  std::size_t first = 0, step = 1;
};

Stride StrideOf(const PngLayout& layout, int pass) {
  constexpr std::array<Stride, 7> kAdam7 = {
      {{0, 8}, {4, 8}, {0, 4}, {2, 4}, {0, 2}, {1, 2}, {0, 1}}};
  return layout.interlaced ? kAdam7[static_cast<std::size_t>(pass)] : Stride{};
}

// Puts a scanline of values of at most 8 bits, packed from the high bits down, through the table.
void PutTabular(const PngLayout& layout, const PixelTable& table, const std::uint8_t* line,
                Stride stride, std::uint8_t* row) {
  const auto depth = static_cast<std::size_t>(layout.depth);
  const auto channels = static_cast<std::size_t>(table.channels());
  const std::size_t mask = (std::size_t{1} << depth) - 1;
  std::size_t bit = 0;
  for (std::size_t x = stride.first; x < layout.width; x += stride.step, bit += depth) {
    const std::size_t value = static_cast<std::size_t>(line[bit / 8]) >> (8 - depth - bit % 8);
    table.Put(value & mask, row + x * channels);
  }
}

// Puts a scanline of 8 or 16 bit samples; a pixel equal to the transparent colour gets alpha 0.
template <class Sample>
void PutSamples(const PngLayout& layout, const Sample* line, Stride stride, std::uint8_t* row) {
  const auto stored = static_cast<std::size_t>(StoredChannels(layout));
  const bool keyed = !layout.transparency.empty();
  const std::size_t channels = stored + (keyed ? 1 : 0);
  for (std::size_t x = stride.first; x < layout.width; x += stride.step, line += stored) {
    std::uint8_t* pixel = row + x * channels;
    bool is_key = keyed;
    for (std::size_t c = 0; c < stored; ++c) {
      if constexpr (sizeof(Sample) == 2) {
        pixel[c] = static_cast<std::uint8_t>((line[c] + 128) / 257);
      } else {
        pixel[c] = line[c];
      }
      is_key = is_key && line[c] == KeyLevel(layout, c);
    }
    if (keyed) pixel[stored] = is_key ? 0 : 255;
  }
}

// Decodes scanline by scanline, so that a 16 bit picture never is in memory at 16 bits.
int DecodeLines(spng_ctx* context, const PngLayout& layout, const DecodeOptions& options,
                Pixels& pixels) {
  std::size_t image_bytes = 0;
  if (const int e = spng_decoded_image_size(context, SPNG_FMT_PNG, &image_bytes); e != 0) return e;
  if (const int e = spng_decode_image(context, nullptr, 0, SPNG_FMT_PNG, SPNG_DECODE_PROGRESSIVE);
      e != 0) {
    return e;
  }
  const bool as_stored = layout.as_stored();
  const std::size_t line_bytes = image_bytes / layout.height;
  std::vector<std::uint16_t> line((line_bytes + 1) / 2);  // aligned for 16 bit samples
  auto* const bytes = reinterpret_cast<std::uint8_t*>(line.data());
  const PixelTable table(layout.tabular() ? ReadPalette(layout) : Palette{});
  for (int status = 0; status != SPNG_EOI;) {
    spng_row_info info{};
    if (const int e = spng_get_row_info(context, &info); e != 0) return e;
    const int y = static_cast<int>(info.row_num);
    if (Stopped(options, y)) return SPNG_EOI;
    std::uint8_t* const row = pixels.row(y);
    status = as_stored ? spng_decode_row(context, row, line_bytes)
                       : spng_decode_scanline(context, bytes, line_bytes);
    if (status != 0 && status != SPNG_EOI) return status;
    const Stride stride = StrideOf(layout, info.pass);
    if (as_stored) continue;
    if (layout.tabular()) {
      PutTabular(layout, table, bytes, stride, row);
    } else if (layout.depth == 16) {
      PutSamples(layout, line.data(), stride, row);
    } else {
      PutSamples(layout, bytes, stride, row);
    }
  }
  return 0;
}

struct FreeContext {
  void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};

// Whether libspng or its zlib was refused memory on this thread: their errors name it as damage.
bool& Refused() {
  thread_local bool refused = false;
  return refused;
}

void* Noted(void* memory) {
  if (memory == nullptr) Refused() = true;
  return memory;
}

spng_ctx* NewContext() {
  spng_alloc memory = {
      .malloc_fn = [](std::size_t bytes) { return Noted(std::malloc(bytes)); },
      .realloc_fn = [](void* old, std::size_t bytes) { return Noted(std::realloc(old, bytes)); },
      .calloc_fn = [](std::size_t count,
                      std::size_t bytes) { return Noted(std::calloc(count, bytes)); },
      .free_fn = std::free};
  Refused() = false;
  return spng_ctx_new2(&memory, 0);
}

Result<void> DecodePng(Bytes file, const DecodeOptions& options, Decoded& out) {
  const Result<PngLayout> layout = ReadPngLayout(file);
  if (!layout) return layout.error();
  const std::unique_ptr<spng_ctx, FreeContext> context(NewContext());
  if (context == nullptr) return OutOfMemory();
  std::vector<std::uint8_t> essentials;
  if (layout->extras) essentials = Essentials(file, *layout);
  const Bytes shown = layout->extras ? Bytes(essentials) : file;
  spng_set_crc_action(context.get(), SPNG_CRC_ERROR, SPNG_CRC_ERROR);
  spng_set_png_buffer(context.get(), shown.data(), shown.size());

  // libspng checks the header before the first buffer of the header's size is made.
  spng_ihdr header{};
  int status = spng_get_ihdr(context.get(), &header);
  if (status == 0) {
    Pixels& pixels = out.pixels;
    pixels.Reshape(out.source.width, out.source.height, out.source.channels);
    status = DecodeLines(context.get(), *layout, options, pixels);
  }
  if (status != 0 && Refused()) return OutOfMemory();
  if (status != 0) return Invalid(spng_strerror(status));
  out.orientation = layout->orientation.value_or(1);
  return {};
}

}  // namespace

const Codec kPng = {Format::kPng, "PNG", ReadPngHeader, DecodePng};

}  // namespace credence::image::codec
