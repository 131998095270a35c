#include "base/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "base/ascii.h"

namespace credence {
namespace {

constexpr std::array<std::string_view, 3> kCodings = {"gzip", "x-gzip", "deflate"};
constexpr int kEitherWrapper = 32 + MAX_WBITS;  // gzip's or zlib's, by what is there
constexpr std::size_t kFirstBytes = std::size_t{64} << 10;

struct End {
  void operator()(z_stream* stream) const { inflateEnd(stream); }
};

Error Damaged(const z_stream& stream, std::size_t bytes) {
  return {Code::kInvalidArgument, "the compressed body is damaged at byte " +
                                      std::to_string(stream.total_in) + " of " +
                                      std::to_string(bytes)};
}

}  // namespace

bool CanInflate(std::string_view encoding) {
  return std::ranges::any_of(
      kCodings, [encoding](std::string_view name) { return EqualsIgnoringCase(encoding, name); });
}

Result<void> Inflated::Undo(std::span<const std::uint8_t> compressed, std::size_t bytes_max) {
  z_stream stream{};
  if (inflateInit2(&stream, kEitherWrapper) != Z_OK) {
    return Error{Code::kResourceExhausted, "out of memory"};
  }
  const std::unique_ptr<z_stream, End> end(&stream);
  stream.next_in = const_cast<Bytef*>(compressed.data());  // NOLINT: zlib only reads it
  stream.avail_in = static_cast<uInt>(compressed.size());
  auto room = Grow(std::min(std::max(kFirstBytes, compressed.size()), bytes_max));
  while (room) {
    stream.next_out = bytes_.data() + stream.total_out;
    stream.avail_out = static_cast<uInt>(bytes_.size() - stream.total_out);
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_STREAM_END) break;
    if (status != Z_OK && status != Z_BUF_ERROR) return Damaged(stream, compressed.size());
    if (stream.avail_out > 0) {
      return Error{Code::kInvalidArgument, "the compressed body is cut short: it has " +
                                               std::to_string(compressed.size()) + " bytes"};
    }
    if (bytes_.size() >= bytes_max) {
      return Error{Code::kTooLarge, "the compressed body holds more than " +
                                        std::to_string(bytes_max) + " bytes, which is the limit"};
    }
    room = Grow(std::min(bytes_.size() * 4, bytes_max));
  }
  if (!room) return room;
  if (stream.avail_in > 0) {
    return Error{Code::kInvalidArgument, std::to_string(stream.avail_in) +
                                             " bytes stand behind the end of the compressed body"};
  }
  bytes_.resize(stream.total_out);
  return {};
}

// While the bytes move to a larger buffer there are two.
Result<void> Inflated::Grow(std::size_t bytes) {
  const std::size_t before = bytes_.capacity();
  const std::size_t most = bytes > before ? before + bytes : before;
  if (auto held = held_.Reach(most, "the inflated body"); !held) return held;
  bytes_.resize(bytes);
  static_cast<void>(held_.Resize(bytes_.capacity()));  // no more than is held
  return {};
}

void Inflated::Clear() {
  bytes_.clear();
  if (bytes_.capacity() > kUncountedBytes) bytes_.shrink_to_fit();
  held_.Clear();
}

}  // namespace credence
