#include "image/codec/jpeg_segments.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "image/codec/bytes.h"
#include "image/codec/codec.h"
#include "image/codec/orientation.h"

namespace credence::image::codec {
namespace {

enum Marker : std::uint8_t {
  kTemporary = 0x01,
  kBaseline = 0xc0,
  kExtended = 0xc1,
  kArithmetic = 0xc9,
  kRestart0 = 0xd0,
  kStart = 0xd8,
  kEnd = 0xd9,
  kScan = 0xda,
  kRestarts = 0xdd,
  kApp0 = 0xe0,
  kApp1 = 0xe1,
  kApp14 = 0xee,
};

// Has no length and no content; 0: an 0xff of the compressed data.
bool StandsAlone(std::uint8_t marker) {
  return marker == 0 || marker == kTemporary || (marker >= kRestart0 && marker <= kStart);
}

bool IsFrame(std::uint8_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

// A copy of the file with changes; empty until there is one.
// REQUIRES: the places that are given ascend.
class Copy {
 public:
  explicit Copy(Bytes file) : file_(file) {}

  // Returns where in the copy the byte at `at` is.
  std::size_t Reach(std::size_t at) {
    if (copied_ <= at) {
      out_.insert(out_.end(), file_.begin() + static_cast<std::ptrdiff_t>(copied_),
                  file_.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      copied_ = at + 1;
    }
    return out_.size() - 1;
  }
  void Set(std::size_t at, std::uint8_t value) {
    if (at < file_.size() && file_[at] != value) out_[Reach(at)] = value;
  }
  void Remove(std::size_t first, std::size_t last) {
    Reach(first - 1);
    copied_ = last;
  }
  std::uint8_t& operator[](std::size_t place) { return out_[place]; }
  std::vector<std::uint8_t> Finish() {
    if (!out_.empty() && copied_ < file_.size()) Reach(file_.size() - 1);
    return std::move(out_);
  }

 private:
  Bytes file_;
  std::vector<std::uint8_t> out_;
  std::size_t copied_ = 0;  // bytes of the file that are in the copy or were removed
};

// Reads one file's segments, and mends them.
class Reader {
 public:
  explicit Reader(Bytes file) : file_(file), mended_(file) {}

  Result<JpegSegments> Read() {
    std::size_t at = 2;
    while (at + 4 <= file_.size()) {
      const std::uint8_t marker = file_[at + 1];
      if (file_[at] == 0xff && marker == kEnd) break;
      if (file_[at] != 0xff || marker == 0 || (StandsAlone(marker) && found_.scans > 0)) {
        const std::size_t next = NextMarker(at + 1);
        if (found_.scans == 0) {
          if (LosesPixels(Piece(file_, at, next - at))) {
            return Invalid("the marker of a segment is damaged, at byte " + std::to_string(at));
          }
          mended_.Remove(at, next);
        }
        at = next;
      } else if (marker == 0xff) {
        ++at;  // fills up
      } else if (StandsAlone(marker)) {
        at += 2;
      } else {
        const std::size_t length = Be16(file_, at + 2);
        LookAt(marker, at, length);
        at += 2 + length;
      }
    }
    MendAdobe();
    found_.orientation = orientation_.value_or(1);
    found_.mended = mended_.Finish();
    return std::move(found_);
  }

 private:
  // The first place from `at` on where a marker may begin: 0xff and neither 0 nor a restart.
  std::size_t NextMarker(std::size_t at) const {
    for (;;) {
      const auto ff = std::find(file_.begin() + static_cast<std::ptrdiff_t>(at), file_.end(), 0xff);
      at = static_cast<std::size_t>(ff - file_.begin());
      if (at + 1 >= file_.size()) return file_.size();
      const std::uint8_t marker = file_[at + 1];
      if (!StandsAlone(marker)) return at;
      at += 2;
    }
  }

  // Whether bytes between two segments are a segment themselves, but for the first byte, and one
  // that makes pixels.
  static bool LosesPixels(Bytes stray) {
    if (stray.size() < 4 || Be16(stray, 2) != stray.size() - 2) return false;
    const std::uint8_t marker = stray[1];
    return marker >= kBaseline && marker < kApp0;
  }

  // A segment of `length` bytes, its length field included, after the marker at `at`.
  void LookAt(std::uint8_t marker, std::size_t at, std::size_t length) {
    const std::size_t content = at + 4;
    if (IsFrame(marker)) {
      sequential_ = marker == kBaseline || marker == kExtended || marker == kArithmetic;
      if (content + 5 < file_.size()) components_ = file_[content + 5];
    } else if (marker == kScan) {
      ++found_.scans;
      if (sequential_ && length >= 6) MendScan(at + 2 + length - 3);
    } else if (marker == kRestarts) {
      found_.restarts = true;
    } else if (marker == kApp0 && length >= 16 &&
               HasAt(file_, content, std::string_view("JFIF\0", 5))) {
      mended_.Set(content + 5, 1);
    } else if (marker == kApp14 && length >= 14 && HasAt(file_, content, "Adobe")) {
      const std::size_t transform = content + 11;
      adobe_.reset();
      if (transform < file_.size() && file_[transform] > 1) adobe_ = mended_.Reach(transform);
    } else if (marker == kApp1 && !orientation_ && length > 8 &&
               HasAt(file_, content, std::string_view("Exif\0", 5))) {
      orientation_ = ExifOrientation(Piece(file_, content, length - 2));
    }
  }

  // The last three bytes of a scan header: from coefficient 0 to 63, all bits at once.
  void MendScan(std::size_t at) {
    mended_.Set(at, 0);
    mended_.Set(at + 1, 63);
    mended_.Set(at + 2, 0);
  }

  // Of an unknown transform the decoder says that it takes the usual one, and so do we.
  void MendAdobe() {
    if (!adobe_) return;
    if (components_ == 3) mended_[*adobe_] = 1;
    if (components_ == 4) mended_[*adobe_] = 2;
  }

  Bytes file_;
  Copy mended_;
  JpegSegments found_;
  std::optional<int> orientation_;
  bool sequential_ = false;
  int components_ = 0;
  std::optional<std::size_t> adobe_;  // place in `mended_` of a transform other than 0 and 1
};

}  // namespace

Result<JpegSegments> ReadSegments(Bytes file) { return Reader(file).Read(); }

}  // namespace credence::image::codec
