// A picture file taken apart into the pieces that its format is made of, and put together again
// with lengths and checksums made right, so that a fuzzer's change reaches the decoder behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace credence::fuzz {

using Bytes = std::span<const std::uint8_t>;
using Buffer = std::vector<std::uint8_t>;

struct Piece {
  Buffer head;  // what the format names it by: a chunk's type, a marker, a block's descriptor
  Buffer body;  // its content, without length, checksum or cutting into blocks
};

struct Container {
  bool (*is)(Bytes file);
  // The pieces, as far as the file is whole; what follows is left out.
  // `deep`: what is compressed is given as it is inflated, and Join compresses it again.
  std::vector<Piece> (*split)(Bytes file, bool deep);
  Buffer (*join)(const std::vector<Piece>& pieces);
};

// PNG: chunks. JPEG: segments, the coded data of a scan a piece without head. GIF: blocks; the
// first piece is all before them. WebP: the chunks of a RIFF file.
extern const Container kPngChunks, kJpegSegments, kGifBlocks, kRiffChunks;

// The one that `file` is; null for any other file.
const Container* ContainerOf(Bytes file);

// Where the entries of a TIFF's first directory stand, 12 bytes each, those that are in the file.
// Empty: not a TIFF, or BigTIFF.
std::vector<std::size_t> TiffEntries(Bytes file);

}  // namespace credence::fuzz
