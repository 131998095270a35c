#include "fuzz/pictures.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace credence::fuzz {
namespace {

constexpr std::size_t kInflatedMax = std::size_t{1} << 20;
constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

bool Begins(Bytes file, std::string_view with) {
  return file.size() >= with.size() &&
         std::equal(with.begin(), with.end(), file.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

void Append(Buffer& to, Bytes more) { to.insert(to.end(), more.begin(), more.end()); }
Buffer Copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

std::size_t Number(Bytes file, std::size_t at, std::size_t width, bool big) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    value = value << 8 | file[at + (big ? i : width - 1 - i)];
  }
  return value;
}

void AppendNumber(Buffer& to, std::size_t value, std::size_t width, bool big) {
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t place = big ? width - 1 - i : i;
    to.push_back(static_cast<std::uint8_t>(value >> (8 * place)));
  }
}

Buffer Inflate(Bytes packed) {
  Buffer out(kInflatedMax);
  uLongf size = out.size();
  const int status = uncompress(out.data(), &size, packed.data(), packed.size());
  out.resize(status == Z_OK ? size : 0);
  return out;
}

Buffer Deflate(Bytes plain) {
  uLongf size = compressBound(plain.size());
  Buffer out(size);
  compress2(out.data(), &size, plain.data(), plain.size(), 1);
  out.resize(size);
  return out;
}

// The head of a piece that holds all of the picture's data inflated; no chunk's type is that long.
const Buffer kInflatedData = {'I', 'D', 'A', 'T', '*'};

std::vector<Piece> SplitPng(Bytes file, bool deep) {
  std::vector<Piece> pieces;
  for (std::size_t at = kPngSignature.size(); file.size() - at >= 12;) {
    const std::size_t length = Number(file, at, 4, true);
    if (length > file.size() - at - 12) break;
    pieces.push_back({Copy(file.subspan(at + 4, 4)), Copy(file.subspan(at + 8, length))});
    at += 12 + length;
  }
  if (!deep) return pieces;
  const auto is_data = [](const Piece& piece) { return Begins(piece.head, "IDAT"); };
  const auto first = std::find_if(pieces.begin(), pieces.end(), is_data);
  if (first == pieces.end()) return pieces;
  Buffer packed;
  for (const Piece& piece : pieces) {
    if (is_data(piece)) Append(packed, piece.body);
  }
  Buffer plain = Inflate(packed);
  if (plain.empty()) return pieces;
  *first = {kInflatedData, std::move(plain)};
  pieces.erase(std::remove_if(first + 1, pieces.end(), is_data), pieces.end());
  return pieces;
}

Buffer JoinPng(const std::vector<Piece>& pieces) {
  Buffer file(kPngSignature.begin(), kPngSignature.end());
  for (const Piece& piece : pieces) {
    const bool plain = piece.head == kInflatedData;
    const Buffer body = plain ? Deflate(piece.body) : piece.body;
    Buffer named = piece.head;
    named.resize(4);
    Append(named, body);
    AppendNumber(file, body.size(), 4, true);
    Append(file, named);
    AppendNumber(file, crc32(0, named.data(), static_cast<uInt>(named.size())), 4, true);
  }
  return file;
}

// SOI, EOI, RSTn and TEM stand alone; every other marker has a length.
bool HasLength(std::uint8_t marker) { return marker > 1 && (marker < 0xD0 || marker > 0xD9); }

std::size_t EndOfScan(Bytes file, std::size_t at) {
  for (; at + 1 < file.size(); ++at) {
    const std::uint8_t next = file[at + 1];
    if (file[at] == 0xFF && next != 0 && (next < 0xD0 || next > 0xD7)) return at;
  }
  return file.size();
}

std::vector<Piece> SplitJpeg(Bytes file, bool) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at + 2 <= file.size() && file[at] == 0xFF;) {
    const std::uint8_t marker = file[at + 1];
    Piece piece{Copy(file.subspan(at, 2)), {}};
    at += 2;
    if (HasLength(marker)) {
      if (file.size() - at < 2) break;
      const std::size_t length = Number(file, at, 2, true);
      if (length < 2 || length > file.size() - at) break;
      piece.body = Copy(file.subspan(at + 2, length - 2));
      at += length;
    }
    pieces.push_back(std::move(piece));
    if (marker != 0xDA) continue;
    const std::size_t end = EndOfScan(file, at);
    pieces.push_back({{}, Copy(file.subspan(at, end - at))});
    at = end;
  }
  return pieces;
}

Buffer JoinJpeg(const std::vector<Piece>& pieces) {
  constexpr std::size_t kBodyMax = 0xFFFF - 2;
  Buffer file;
  for (const Piece& piece : pieces) {
    Bytes body = piece.body;
    Append(file, piece.head);
    if (piece.head.size() >= 2 && HasLength(piece.head[1])) {
      body = body.first(std::min(body.size(), kBodyMax));
      AppendNumber(file, body.size() + 2, 2, true);
    }
    Append(file, body);
  }
  return file;
}

std::size_t PaletteBytes(std::uint8_t flags) {
  return (flags & 0x80) != 0 ? std::size_t{6} << (flags & 7) : 0;
}

constexpr std::uint8_t kExtension = 0x21, kImage = 0x2C;

// How many bytes at `at` name the block; 0: they are not all there, or it is none.
std::size_t GifHead(Bytes file, std::size_t at) {
  std::size_t length = 1;
  if (file[at] == kExtension) length = 2;
  if (file[at] == kImage) {
    if (file.size() - at < 11) return 0;
    length = 10 + PaletteBytes(file[at + 9]) + 1;
  }
  return length <= file.size() - at ? length : 0;
}

std::vector<Piece> SplitGif(Bytes file, bool) {
  std::size_t at = 13;
  if (file.size() < at) return {};
  at = std::min(file.size(), at + PaletteBytes(file[10]));
  std::vector<Piece> pieces = {{{}, Copy(file.first(at))}};
  while (at < file.size()) {
    const std::size_t head = GifHead(file, at);
    if (head == 0) break;
    pieces.push_back({Copy(file.subspan(at, head)), {}});
    at += head;
    if (head == 1) continue;
    while (at < file.size() && file[at] != 0) {
      const std::size_t length = std::min<std::size_t>(file[at], file.size() - at - 1);
      Append(pieces.back().body, file.subspan(at + 1, length));
      at += length + 1;
    }
    if (at < file.size()) ++at;
  }
  return pieces;
}

Buffer JoinGif(const std::vector<Piece>& pieces) {
  Buffer file;
  for (const Piece& piece : pieces) {
    Append(file, piece.head);
    Bytes body = piece.body;
    if (piece.head.size() < 2) {
      Append(file, body);
      continue;
    }
    while (!body.empty()) {
      const std::size_t length = std::min<std::size_t>(body.size(), 255);
      file.push_back(static_cast<std::uint8_t>(length));
      Append(file, body.first(length));
      body = body.subspan(length);
    }
    file.push_back(0);
  }
  return file;
}

std::vector<Piece> SplitRiff(Bytes file, bool) {
  std::vector<Piece> pieces;
  for (std::size_t at = 12; at < file.size() && file.size() - at >= 8;) {
    const std::size_t length = Number(file, at + 4, 4, false);
    if (length > file.size() - at - 8) break;
    pieces.push_back({Copy(file.subspan(at, 4)), Copy(file.subspan(at + 8, length))});
    at += std::min(file.size() - at, 8 + length + length % 2);
  }
  return pieces;
}

Buffer JoinRiff(const std::vector<Piece>& pieces) {
  Buffer chunks = {'W', 'E', 'B', 'P'};
  for (const Piece& piece : pieces) {
    Buffer type = piece.head;
    type.resize(4);
    Append(chunks, type);
    AppendNumber(chunks, piece.body.size(), 4, false);
    Append(chunks, piece.body);
    if (piece.body.size() % 2 == 1) chunks.push_back(0);
  }
  Buffer file = {'R', 'I', 'F', 'F'};
  AppendNumber(file, chunks.size(), 4, false);
  Append(file, chunks);
  return file;
}

bool IsRiff(Bytes file) {
  return file.size() >= 12 && Begins(file, "RIFF") && Begins(file.subspan(8), "WEBP");
}

}  // namespace

const Container kPngChunks = {[](Bytes file) { return Begins(file, kPngSignature); }, SplitPng,
                              JoinPng};
const Container kJpegSegments = {[](Bytes file) { return Begins(file, "\xFF\xD8"); }, SplitJpeg,
                                 JoinJpeg};
const Container kGifBlocks = {[](Bytes file) { return Begins(file, "GIF8"); }, SplitGif, JoinGif};
const Container kRiffChunks = {IsRiff, SplitRiff, JoinRiff};

const Container* ContainerOf(Bytes file) {
  for (const Container* container : {&kPngChunks, &kJpegSegments, &kGifBlocks, &kRiffChunks}) {
    if (container->is(file)) return container;
  }
  return nullptr;
}

std::vector<std::size_t> TiffEntries(Bytes file) {
  using namespace std::string_view_literals;
  const bool big = Begins(file, "MM\0*"sv);
  if (file.size() < 8 || (!big && !Begins(file, "II*\0"sv))) return {};
  const std::size_t directory = Number(file, 4, 4, big);
  if (directory + 2 > file.size()) return {};
  std::vector<std::size_t> entries;
  std::size_t at = directory + 2;
  for (std::size_t left = Number(file, directory, 2, big); left > 0 && at + 12 <= file.size();
       --left, at += 12) {
    entries.push_back(at);
  }
  return entries;
}

}  // namespace credence::fuzz
