// Exif orientation: reading it and undoing it.
#pragma once

#include <optional>

#include "image/decode.h"
#include "image/pixels.h"

namespace credence::image::codec {

// The orientation, 1..8, that an Exif block states: from its "II" or "MM" on, or with "Exif" and
// two bytes before. nullopt when it states none, or is damaged before it does. Looks at the first
// directory only, for the first entry with a valid value of type BYTE, SHORT or LONG; bounded by
// the block's length.
std::optional<int> ExifOrientation(Bytes block);

// Turns `pixels` as orientation 2..8 asks; any other value leaves them. Needs a second buffer of
// the same size while it works.
void ApplyOrientation(int orientation, Pixels& pixels);

}  // namespace credence::image::codec
