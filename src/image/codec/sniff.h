// Sniff finds a file's format by its first bytes.
#pragma once

#include <string_view>

#include "image/codec/codec.h"

namespace credence::image::codec {

// The codec for `file`, or nullptr when it is of no accepted format.
const Codec* Sniff(Bytes file);

// The error for a file that Sniff does not know: kUnsupportedFormat, with what the file seems to be
// and what is accepted.
Error Unsupported(Bytes file);

}  // namespace credence::image::codec
