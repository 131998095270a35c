#include "api/tensor/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "base/ascii.h"

namespace credence::api::tensor {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"gzip", "x-gzip", "deflate"};
constexpr int kEitherWrapper = 32 + MAX_WBITS;  // gzip's or zlib's, by what is there
constexpr std::size_t kFirstBytes = std::size_t{64} << 10;

struct End {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

}  // namespace

bool CanInflate(std::string_view encoding) {
  return std::ranges::any_of(
      kNames, [encoding](std::string_view name) { return EqualsIgnoringCase(encoding, name); });
}

Result<void> Inflate(std::span<const std::uint8_t> body, std::size_t bytes_max,
                     std::vector<std::uint8_t>& out) {
  z_stream stream{};
  if (inflateInit2(&stream, kEitherWrapper) != Z_OK) {
    return Error{Code::kResourceExhausted, "out of memory"};
  }
  const std::unique_ptr<z_stream, End> end(&stream);
  stream.next_in = const_cast<Bytef*>(body.data());  // NOLINT: zlib only reads it
  stream.avail_in = static_cast<uInt>(body.size());
  out.resize(std::min(std::max(kFirstBytes, body.size()), bytes_max));
  while (true) {
    stream.next_out = out.data() + stream.total_out;
    stream.avail_out = static_cast<uInt>(out.size() - stream.total_out);
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) break;
    if (status != Z_OK && status != Z_BUF_ERROR) {
      return Error{Code::kInvalidArgument, "the compressed body is damaged at byte " +
                                               std::to_string(stream.total_in) + " of " +
                                               std::to_string(body.size())};
    }
    if (stream.avail_out > 0) {
      return Error{Code::kInvalidArgument, "the compressed body is cut short: it has " +
                                               std::to_string(body.size()) + " bytes"};
    }
    if (out.size() >= bytes_max) {
      return Error{Code::kTooLarge, "the compressed body holds more than " +
                                        std::to_string(bytes_max) + " bytes, which is the limit"};
    }
    out.resize(std::min(out.size() * 4, bytes_max));
  }
  if (stream.avail_in > 0) {
    return Error{Code::kInvalidArgument, std::to_string(stream.avail_in) +
                                             " bytes stand behind the end of the compressed body"};
  }
  out.resize(stream.total_out);
  return {};
}

}  // namespace credence::api::tensor
