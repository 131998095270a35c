// Exif orientation: reading it and undoing it.
#pragma once

#include "image/decode.h"
#include "image/pixels.h"

namespace credence::image::codec {

// The orientation, 1..8, that the Exif block `tiff` (from its "II" or "MM" on) states; 1 when it
// states none or is damaged. Looks at the first directory only; bounded by its length.
int ExifOrientation(Bytes tiff);

// Turns `pixels` as orientation 2..8 asks; any other value leaves them. Needs a second buffer of
// the same size while it works.
void ApplyOrientation(int orientation, Pixels& pixels);

}  // namespace credence::image::codec
