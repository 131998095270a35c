#include "data/pixel_csv.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/check.h"
#include "data/byte_stream.h"
#include "data/csv.h"

namespace credence::data {
namespace {

constexpr std::size_t kCsvBufferBytes = 1 << 16;
constexpr std::size_t kLineBytesMax = 16 << 20;

struct Line {
  std::uint64_t offset = 0;
  std::size_t bytes = 0;
  std::int64_t number = 0;  // from 1
};

std::string Place(const std::filesystem::path& path, const Line& line) {
  return path.string() + ": line " + std::to_string(line.number);
}

// Gives the lines of a stream, whichever way they end. A CR amid a line of a file that has LF is an
// error, as of CsvReader.
class Lines {
 public:
  Lines(ByteStream& stream, std::filesystem::path path)
      : stream_(&stream), path_(std::move(path)), buffer_(kCsvBufferBytes) {}

  // Puts the next line into `text`, without its end. Returns nullopt behind the last.
  Result<std::optional<Line>> Next(std::string& text) {
    text.clear();
    Line line{offset_, 0, ++number_};
    for (;;) {
      if (at_ == filled_) {
        const Result<bool> more = Fill();
        if (!more) return more.error();
        if (!*more) break;
      }
      const char c = TakeByte();
      if (c == '\n' || c == '\r') {
        if (auto ended = EndLine(line, c); !ended) return ended.error();
        break;
      }
      text += c;
      if (text.size() > kLineBytesMax) {
        return Error{Code::kTooLarge, stream_->ErrorAt(line.offset, "a line over 16 MiB").message};
      }
    }
    line.bytes = text.size();
    return offset_ != line.offset ? std::optional<Line>(line) : std::nullopt;
  }

 private:
  // Reads on. Returns false at the end of the stream.
  Result<bool> Fill() {
    const Result<std::size_t> got = stream_->Read(buffer_);
    if (!got) return got.error();
    at_ = 0;
    filled_ = *got;
    return filled_ != 0;
  }
  char TakeByte() {
    ++offset_;
    return static_cast<char>(buffer_[at_++]);
  }

  // end: the LF or CR that was taken; takes the LF of CRLF, too.
  Result<void> EndLine(const Line& line, char end) {
    if (end == '\r') {
      const std::uint64_t offset = offset_ - 1;
      const Result<bool> more = at_ == filled_ ? Fill() : true;
      if (!more) return more.error();
      if (*more && buffer_[at_] == '\n') {
        end = TakeByte();
      } else if (*more && buffer_[at_] != '\r' && !lone_return_) {
        lone_return_ = Place(path_, line) + ", offset " + std::to_string(offset);
      }
    }
    has_line_feed_ = has_line_feed_ || end == '\n';
    if (!has_line_feed_ || !lone_return_) return {};
    return Error{Code::kInvalidArgument, *lone_return_ + ": " + std::string(kStrayReturn)};
  }

  ByteStream* stream_;
  const std::filesystem::path path_;
  std::vector<std::uint8_t> buffer_;
  std::size_t at_ = 0, filled_ = 0;
  std::uint64_t offset_ = 0;
  std::int64_t number_ = 0;
  bool has_line_feed_ = false;
  std::optional<std::string> lone_return_;  // where the first CR before other text lies
};

// A level as it is written: "255" or "255.0".
std::optional<std::uint8_t> Level(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= 0 && value <= 255) || value != static_cast<int>(value)) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

class PixelRows final : public PictureSource {
 public:
  PixelRows(std::filesystem::path path, CsvColumns columns, std::vector<Line> lines, bool gzip)
      : path_(std::move(path)),
        columns_(std::move(columns)),
        lines_(std::move(lines)),
        gzip_(gzip) {}

  std::int64_t rows() const override { return std::ssize(lines_); }
  std::string File(std::int64_t) const override { return {}; }
  std::string Name(std::int64_t row) const override { return Place(path_, line(row)); }
  bool random_access_is_cheap() const override { return !gzip_; }
  Result<std::unique_ptr<PictureReader>> NewReader() const override;

  const Line& line(std::int64_t row) const { return lines_[static_cast<std::size_t>(row)]; }
  const CsvColumns& columns() const { return columns_; }

 private:
  const std::filesystem::path path_;
  const CsvColumns columns_;
  const std::vector<Line> lines_;
  const bool gzip_;
};

class PixelReader final : public PictureReader {
 public:
  PixelReader(const PixelRows& source, ByteStream stream)
      : source_(source), stream_(std::move(stream)) {}

  Result<void> Read(std::int64_t row, image::Decoded& out) override {
    const Line& line = source_.line(row);
    const CsvColumns& columns = source_.columns();
    bytes_.resize(line.bytes);
    if (Result<void> moved = stream_.Seek(line.offset); !moved) return moved;
    const Result<std::size_t> got = stream_.Read(bytes_);
    if (!got) return got.error();
    if (*got < bytes_.size()) return stream_.ErrorAt(stream_.offset(), "the file has changed");
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
    CsvReader csv(text, source_.Name(row), columns.separator);
    if (Result<bool> read = csv.Next(fields_); !read) return read.error();
    if (auto whole = CheckFields(fields_, columns, source_.Name(row)); !whole) return whole;
    out.pixels.Reshape(columns.side, columns.side, columns.channels);
    for (std::size_t i = 0; i < out.pixels.data.size(); ++i) {
      const std::string& field = fields_[columns.first_pixel + i];
      const std::optional<std::uint8_t> level = Level(field);
      if (!level) {
        return Error{Code::kInvalidArgument, source_.Name(row) + ": pixel " + std::to_string(i) +
                                                 " is '" + field.substr(0, 40) +
                                                 "'; expected a whole number from 0 to 255"};
      }
      out.pixels.data[i] = *level;
    }
    return {};
  }

 private:
  const PixelRows& source_;
  ByteStream stream_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::string> fields_;
};

Result<std::unique_ptr<PictureReader>> PixelRows::NewReader() const {
  Result<ByteStream> stream = ByteStream::Open(path_);
  if (!stream) return stream.error();
  return std::unique_ptr<PictureReader>(new PixelReader(*this, *std::move(stream)));
}

// Takes what the columns of labels, groups and splits say. False: a row of another split.
Result<bool> TakeRow(const std::vector<std::string>& fields, const PixelCsvOptions& options,
                     const std::string& place, PixelCsv& out) {
  const CsvColumns& columns = options.columns;
  if (auto whole = CheckFields(fields, columns, place); !whole) return whole.error();
  for (const auto& column : {columns.label, columns.group, columns.split}) {
    if (column && fields[*column].empty()) {
      return Error{Code::kInvalidArgument,
                   place + ": field " + std::to_string(*column + 1) + " is empty"};
    }
  }
  if (!options.split.empty() && fields[*columns.split] != options.split) return false;
  if (columns.label) out.labels.push_back(fields[*columns.label]);
  if (columns.group) out.groups.push_back(fields[*columns.group]);
  if (columns.split) out.splits.push_back(fields[*columns.split]);
  return true;
}

}  // namespace

Result<PixelCsv> OpenPixelCsv(const std::filesystem::path& path, const PixelCsvOptions& options) {
  const CsvColumns& columns = options.columns;
  CREDENCE_CHECK(columns.side > 0 && (options.split.empty() || columns.split));
  Result<ByteStream> stream = ByteStream::Open(path);
  if (!stream) return stream.error();
  PixelCsv out;
  Lines reader(*stream, path);
  std::vector<Line> lines;
  std::vector<std::string> fields;
  std::string text;
  bool header = columns.header;
  for (;;) {
    Result<std::optional<Line>> line = reader.Next(text);
    if (!line) return line.error();
    if (!*line) break;
    const std::string place = Place(path, **line);
    CsvReader csv(text, place, columns.separator);
    Result<bool> filled = csv.Next(fields);
    if (!filled) return filled.error();
    if (!*filled) continue;
    if (std::exchange(header, false)) continue;
    Result<bool> taken = TakeRow(fields, options, place, out);
    if (!taken) return taken.error();
    if (!*taken) continue;
    if (std::ssize(lines) == options.rows_max) {
      return Error{Code::kTooLarge,
                   place + ": more rows than the limit of " + std::to_string(options.rows_max)};
    }
    lines.push_back(**line);
  }
  out.pictures = std::make_unique<const PixelRows>(path, columns, std::move(lines), stream->gzip());
  return out;
}

}  // namespace credence::data
