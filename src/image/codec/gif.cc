// GIF by giflib: the first frame, on the logical screen. What the frame does not cover is
// transparent if the frame has a transparent colour, else colour 0, as in Pillow.
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "image/codec/bytes.h"
#include "image/codec/codec.h"
#include "image/codec/palette.h"

namespace credence::image::codec {
namespace {

int ReadBytes(GifFileType* gif, GifByteType* to, int count) {
  Bytes& rest = *static_cast<Bytes*>(gif->UserData);
  const Bytes read = Piece(rest, 0, static_cast<std::size_t>(count));
  if (!read.empty()) std::memcpy(to, read.data(), read.size());
  rest = rest.subspan(read.size());
  return static_cast<int>(read.size());
}

struct CloseGif {
  void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

// A GIF opened and read up to the compressed data of its first frame.
class FirstFrame {
 public:
  explicit FirstFrame(Bytes file) : rest_(file) {}
  FirstFrame(const FirstFrame&) = delete;
  FirstFrame& operator=(const FirstFrame&) = delete;

  Result<void> Open() {
    int error = 0;
    gif_.reset(DGifOpen(&rest_, ReadBytes, &error));
    if (gif_ == nullptr) return Damage(error);
    for (;;) {
      GifRecordType type = UNDEFINED_RECORD_TYPE;
      if (DGifGetRecordType(gif_.get(), &type) == GIF_ERROR) return Damage(gif_->Error);
      if (type == TERMINATE_RECORD_TYPE) return Invalid("holds no picture");
      if (type == IMAGE_DESC_RECORD_TYPE) break;
      if (type == EXTENSION_RECORD_TYPE && !ReadExtension()) return Damage(gif_->Error);
    }
    if (DGifGetImageDesc(gif_.get()) == GIF_ERROR) return Damage(gif_->Error);
    return {};
  }

  const GifImageDesc& desc() const { return gif_->Image; }
  int width() const { return std::max(gif_->SWidth, desc().Left + desc().Width); }
  int height() const { return std::max(gif_->SHeight, desc().Top + desc().Height); }
  int transparent_index() const { return transparent_; }  // NO_TRANSPARENT_COLOR: none

  Palette palette() const {
    const ColorMapObject* map = desc().ColorMap != nullptr ? desc().ColorMap : gif_->SColorMap;
    Palette palette;
    palette.transparent = transparent_ != NO_TRANSPARENT_COLOR;
    palette.size = map != nullptr ? std::min(map->ColorCount, 256) : 256;
    for (int i = 0; i < palette.size; ++i) {
      const auto level = static_cast<std::uint8_t>(i);
      const GifColorType color =
          map != nullptr ? map->Colors[i] : GifColorType{level, level, level};
      palette.entry[static_cast<std::size_t>(i)] = {color.Red, color.Green, color.Blue, 255};
    }
    if (palette.transparent) palette.entry[static_cast<std::size_t>(transparent_)].a = 0;
    return palette;
  }

  // Decodes the next stored row of the frame into `line`, desc().Width indices.
  Result<void> ReadLine(std::vector<std::uint8_t>& line) {
    if (DGifGetLine(gif_.get(), line.data(), static_cast<int>(line.size())) == GIF_ERROR) {
      return Damage(gif_->Error);
    }
    return {};
  }

 private:
  static Error Damage(int error) {
    if (error == D_GIF_ERR_NOT_ENOUGH_MEM) return OutOfMemory();
    const char* text = GifErrorString(error);
    return Invalid(text != nullptr ? text : "the data is damaged");
  }

  bool ReadExtension() {
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif_.get(), &code, &block) == GIF_ERROR) return false;
    while (block != nullptr) {
      GraphicsControlBlock control;
      if (code == GRAPHICS_EXT_FUNC_CODE &&
          DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK &&
          control.TransparentColor != NO_TRANSPARENT_COLOR) {
        transparent_ = control.TransparentColor;
      }
      if (DGifGetExtensionNext(gif_.get(), &block) == GIF_ERROR) return false;
    }
    return true;
  }

  Bytes rest_;
  std::unique_ptr<GifFileType, CloseGif> gif_;
  int transparent_ = NO_TRANSPARENT_COLOR;
};

Result<Header> ReadGifHeader(Bytes file) {
  FirstFrame frame(file);
  if (const Result<void> opened = frame.Open(); !opened) return opened.error();
  if (frame.desc().Width < 1 || frame.desc().Height < 1) return Invalid("the frame is empty");
  return MakeHeader(Format::kGif, frame.width(), frame.height(), frame.palette().channels());
}

// The order in which the rows of a frame are stored: first, step of each pass.
struct Pass {
  int first, step;
};
constexpr Pass kInterlaced[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
constexpr Pass kInOrder[] = {{0, 1}};

Result<void> DecodeGif(Bytes file, const DecodeOptions& options, Decoded& out) {
  FirstFrame frame(file);
  if (const Result<void> opened = frame.Open(); !opened) return opened.error();
  const PixelTable table(frame.palette());
  const auto channels = static_cast<std::size_t>(table.channels());
  Pixels& pixels = out.pixels;
  pixels.Reshape(out.source.width, out.source.height, table.channels());
  const GifImageDesc& desc = frame.desc();
  if (desc.Width < pixels.width || desc.Height < pixels.height) {
    const int outside = std::max(frame.transparent_index(), 0);
    for (std::size_t i = 0; i < pixels.data.size(); i += channels) {
      table.Put(static_cast<std::size_t>(outside), &pixels.data[i]);
    }
  }
  std::vector<std::uint8_t> line(static_cast<std::size_t>(desc.Width));
  const std::span<const Pass> passes =
      desc.Interlace ? std::span<const Pass>(kInterlaced) : kInOrder;
  for (const Pass& pass : passes) {
    for (int y = pass.first; y < desc.Height; y += pass.step) {
      if (Stopped(options, y)) return options.stop->Reason();
      if (const Result<void> read = frame.ReadLine(line); !read) return read.error();
      std::uint8_t* pixel =
          pixels.row(desc.Top + y) + static_cast<std::size_t>(desc.Left) * channels;
      for (const std::uint8_t index : line) {
        table.Put(index, pixel);
        pixel += channels;
      }
    }
  }
  return {};
}

}  // namespace

const Codec kGif = {Format::kGif, "GIF", ReadGifHeader, DecodeGif};

}  // namespace credence::image::codec
