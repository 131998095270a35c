// Sniff finds a file's format by its first bytes.
#pragma once

#include <string_view>

#include "image/codec/codec.h"

namespace credence::image::codec {

// The codec for `file`, or nullptr when it is of no accepted format.
const Codec* Sniff(Bytes file);

// Why Sniff found nothing: kUnsupportedFormat that names what the file seems to be and what is
// accepted.
Error Unsupported(Bytes file);

}  // namespace credence::image::codec
