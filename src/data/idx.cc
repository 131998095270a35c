#include "data/idx.h"

#include <algorithm>
#include <array>
#include <string>

namespace credence::data {
namespace {

constexpr std::size_t kReadAtOnce = 1 << 16;

std::string Text(std::int64_t number) { return std::to_string(number); }

std::string Hex(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "0x";
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::uint32_t BigEndian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

// Errors unless the stream stands at its end.
Result<void> ExpectEnd(ByteStream& stream, std::string_view promise) {
  std::array<std::uint8_t, 1> more = {};
  const std::uint64_t end = stream.offset();
  Result<std::size_t> got = stream.Read(more);
  if (!got) return got.error();
  if (*got == 0) return {};
  return stream.ErrorAt(end, "more bytes follow; expected the end after " + std::string(promise));
}

// Reads [rows] values of `type` in chunks, so that a false count costs no memory.
Result<std::vector<std::int32_t>> ReadValues(ByteStream& stream, const IdxHeader& header) {
  const std::size_t width = header.type == IdxHeader::kInt32 ? 4 : 1;
  const auto rows = static_cast<std::uint64_t>(header.dims[0]);
  const std::string promise =
      std::to_string(rows) + " labels = " + std::to_string(header.bytes + rows * width) + " bytes";
  std::vector<std::int32_t> labels;
  std::array<std::uint8_t, kReadAtOnce> chunk = {};
  while (labels.size() < rows) {
    const std::size_t want =
        std::min<std::uint64_t>(kReadAtOnce / width, rows - labels.size()) * width;
    Result<std::size_t> got = stream.Read(std::span(chunk).first(want));
    if (!got) return got.error();
    if (*got < want) {
      return stream.ErrorAt(stream.offset(), "the file ends; its header promises " + promise);
    }
    for (std::size_t i = 0; i < want; i += width) {
      const std::uint32_t value = width == 1 ? chunk[i] : BigEndian(&chunk[i]);
      if (value > INT32_MAX) {
        return stream.ErrorAt(
            stream.offset() - want + i,
            "label " + Text(static_cast<std::int32_t>(value)) + "; expected 0 or more");
      }
      labels.push_back(static_cast<std::int32_t>(value));
    }
  }
  if (Result<void> end = ExpectEnd(stream, promise); !end) return end.error();
  return labels;
}

struct Shape {
  std::int64_t rows = 0;
  int height = 0, width = 0, channels = 1;
  std::uint64_t header_bytes = 0;

  std::uint64_t row_bytes() const {
    return static_cast<std::uint64_t>(height) * static_cast<std::uint64_t>(width) *
           static_cast<std::uint64_t>(channels);
  }
  std::uint64_t file_bytes() const {
    return header_bytes + static_cast<std::uint64_t>(rows) * row_bytes();
  }
  std::string Promise() const {
    return Text(rows) + " pictures of " + Text(width) + "x" + Text(height) +
           (channels > 1 ? "x" + Text(channels) : "") + " = " + std::to_string(file_bytes()) +
           " bytes";
  }
};

Result<Shape> ReadShape(ByteStream& stream, const IdxLimits& limits) {
  Result<IdxHeader> header = ReadIdxHeader(stream);
  if (!header) return header.error();
  const std::vector<std::int64_t>& dims = header->dims;
  if (header->type != IdxHeader::kUint8 || dims.size() < 3) {
    return stream.ErrorAt(0, "holds " + Text(static_cast<std::int64_t>(dims.size())) +
                                 " dimensions of type " + Hex({&header->type, 1}) +
                                 "; pictures are 3 or 4 dimensions of uint8 (0x08)");
  }
  if (dims[0] > limits.rows_max) {
    return Error{
        Code::kTooLarge,
        stream.ErrorAt(4, Text(dims[0]) + " pictures; the limit is " + Text(limits.rows_max))
            .message};
  }
  if (dims[1] < 1 || dims[2] < 1 || (dims.size() == 4 && (dims[3] < 1 || dims[3] > 4))) {
    return stream.ErrorAt(8, "pictures of " + Text(dims[2]) + "x" + Text(dims[1]) + " px with " +
                                 Text(dims.size() == 4 ? dims[3] : 1) +
                                 " channels; expected at least 1x1 and 1 to 4 channels");
  }
  if (dims[1] > limits.pixels_max / dims[2]) {
    return Error{Code::kTooLarge,
                 stream
                     .ErrorAt(8, "pictures of " + Text(dims[2]) + "x" + Text(dims[1]) +
                                     " px; the limit is " + Text(limits.pixels_max) + " px")
                     .message};
  }
  return Shape{dims[0], static_cast<int>(dims[1]), static_cast<int>(dims[2]),
               dims.size() == 4 ? static_cast<int>(dims[3]) : 1, header->bytes};
}

class IdxReader final : public PictureReader {
 public:
  IdxReader(ByteStream stream, const Shape& shape) : stream_(std::move(stream)), shape_(shape) {}

  Result<void> Read(std::int64_t row, image::Decoded& out) override {
    const std::uint64_t offset =
        shape_.header_bytes + static_cast<std::uint64_t>(row) * shape_.row_bytes();
    if (Result<void> moved = stream_.Seek(offset); !moved) return moved;
    out.pixels.Reshape(shape_.width, shape_.height, shape_.channels);
    Result<std::size_t> got = stream_.Read(out.pixels.data);
    if (!got) return got.error();
    if (*got < out.pixels.data.size()) {
      return stream_.ErrorAt(stream_.offset(), "the file ends within picture " + Text(row) +
                                                   "; its header promises " + shape_.Promise());
    }
    return row + 1 == shape_.rows ? ExpectEnd(stream_, shape_.Promise()) : Result<void>();
  }

 private:
  ByteStream stream_;
  const Shape shape_;
};

class IdxPictures final : public PictureSource {
 public:
  IdxPictures(std::filesystem::path path, const Shape& shape, bool gzip)
      : path_(std::move(path)), shape_(shape), gzip_(gzip) {}

  std::int64_t rows() const override { return shape_.rows; }
  std::string File(std::int64_t) const override { return {}; }
  std::string Name(std::int64_t row) const override { return path_.string() + " row " + Text(row); }
  bool random_access_is_cheap() const override { return !gzip_; }
  Result<std::unique_ptr<PictureReader>> NewReader() const override {
    Result<ByteStream> stream = ByteStream::Open(path_);
    if (!stream) return stream.error();
    return std::unique_ptr<PictureReader>(new IdxReader(std::move(*stream), shape_));
  }

 private:
  const std::filesystem::path path_;
  const Shape shape_;
  const bool gzip_;
};

}  // namespace

Result<IdxHeader> ReadIdxHeader(ByteStream& stream) {
  std::array<std::uint8_t, 16> bytes = {};
  Result<std::size_t> got = stream.Read(std::span(bytes).first(4));
  if (!got) return got.error();
  if (*got < 4) return stream.ErrorAt(*got, "the file ends within the magic number of 4 bytes");
  IdxHeader header;
  header.type = bytes[2];
  const std::size_t dimensions = bytes[3];
  const bool known = header.type == IdxHeader::kUint8 || header.type == IdxHeader::kInt32;
  if (bytes[0] != 0 || bytes[1] != 0 || !known || dimensions < 1 || dimensions > 4) {
    return stream.ErrorAt(0, "bad magic number " + Hex(std::span(bytes).first(4)) +
                                 "; expected IDX: 0x0000, type 08 (uint8) or 0c (int32), "
                                 "01 to 04 dimensions");
  }
  got = stream.Read(std::span(bytes).first(4 * dimensions));
  if (!got) return got.error();
  if (*got < 4 * dimensions) {
    return stream.ErrorAt(4 + *got, "the file ends within the header of " +
                                        std::to_string(4 + 4 * dimensions) + " bytes");
  }
  for (std::size_t i = 0; i < dimensions; ++i) header.dims.push_back(BigEndian(&bytes[4 * i]));
  header.bytes = 4 + 4 * dimensions;
  return header;
}

Result<std::vector<std::int32_t>> ReadIdxLabels(const std::filesystem::path& path,
                                                const IdxLimits& limits) {
  Result<ByteStream> stream = ByteStream::Open(path);
  if (!stream) return stream.error();
  Result<IdxHeader> header = ReadIdxHeader(*stream);
  if (!header) return header.error();
  if (header->dims.size() != 1) {
    return stream->ErrorAt(
        3, "holds " + std::to_string(header->dims.size()) + " dimensions; labels are 1");
  }
  if (header->dims[0] > limits.rows_max) {
    return Error{
        Code::kTooLarge,
        stream->ErrorAt(4, Text(header->dims[0]) + " labels; the limit is " + Text(limits.rows_max))
            .message};
  }
  return ReadValues(*stream, *header);
}

Result<std::unique_ptr<const PictureSource>> OpenIdxPictures(const std::filesystem::path& path,
                                                             const IdxLimits& limits) {
  Result<ByteStream> stream = ByteStream::Open(path);
  if (!stream) return stream.error();
  Result<Shape> shape = ReadShape(*stream, limits);
  if (!shape) return shape.error();
  const std::uint64_t bytes = stream->plain_bytes().value_or(shape->file_bytes());
  if (bytes != shape->file_bytes()) {
    return stream->ErrorAt(std::min(bytes, shape->file_bytes()),
                           (bytes < shape->file_bytes() ? "the file ends" : "more bytes follow") +
                               std::string("; its header promises ") + shape->Promise());
  }
  return std::unique_ptr<const PictureSource>(new IdxPictures(path, *shape, stream->gzip()));
}

}  // namespace credence::data
