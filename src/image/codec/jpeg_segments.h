// The segments of a JPEG file: what they say beside the pixels, and the file without the oddities
// that cost no pixel.
//
// The decoder calls many things a warning. Those of the header are mended here, before it sees
// them, so that a warning that it still gives is about the pixels, and refuses the file. Threads:
// pure function.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "image/decode.h"

namespace credence::image::codec {

struct JpegSegments {
  int scans = 0;
  bool restarts = false;  // has restart markers between pieces of a scan
  int orientation = 1;    // of the first Exif segment that states a valid one
  // The file with its harmless oddities mended; empty when it has none. Mended are: a JFIF version
  // other than 1.x, an unknown Adobe colour transform (taken for YCbCr or YCCK), spectral selection
  // and approximation in the scan header of a sequential file (it has none), and stray bytes
  // between the segments of the header.
  std::vector<std::uint8_t> mended;
};

// Steps from marker to marker up to the end of the image; compressed data is skipped over.
// Errors: kInvalidImage - what lies between two segments of the header is a segment of tables or
//         frame whose own marker is damaged: its loss would cost pixels.
// Cost: the file is read once, and copied once when there is something to mend.
Result<JpegSegments> ReadSegments(Bytes file);

}  // namespace credence::image::codec
