#include "data/byte_stream.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/read_file.h"

namespace credence::data {
namespace {

constexpr unsigned kBufferBytes = 128 * 1024;
constexpr std::size_t kReadBytesMax = std::size_t{1} << 30;  // zlib counts in int

gzFile File(void* file) { return static_cast<gzFile>(file); }

}  // namespace

void ByteStream::Close::operator()(void* file) const { gzclose_r(File(file)); }

Result<ByteStream> ByteStream::Open(const std::filesystem::path& path) {
  if (const auto regular = CheckRegularFile(path); !regular) return regular.error();
  std::error_code code;
  const std::uint64_t bytes = std::filesystem::file_size(path, code);
  errno = 0;
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) {
    return Error{Code::kNotFound, path.string() + ": cannot be opened: " + std::strerror(errno)};
  }
  ByteStream stream(path, file);
  gzbuffer(file, kBufferBytes);
  if (gzdirect(file) != 0) stream.plain_bytes_ = bytes;
  return stream;
}

Result<std::size_t> ByteStream::Read(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const std::size_t want = std::min(out.size() - done, kReadBytesMax);
    const int got = gzread(File(file_.get()), out.data() + done, static_cast<unsigned>(want));
    int code = Z_OK;
    const char* text = gzerror(File(file_.get()), &code);
    if (got > 0) {
      done += static_cast<std::size_t>(got);
      offset_ += static_cast<std::uint64_t>(got);
    }
    if (code == Z_BUF_ERROR) return ErrorAt(offset_, "the gzip stream is cut short");
    if (got < 0 || code != Z_OK) {
      return ErrorAt(offset_, std::string("cannot be read: ") +
                                  (code == Z_ERRNO ? std::strerror(errno) : text));
    }
    if (static_cast<std::size_t>(got) < want) break;
  }
  return done;
}

Result<void> ByteStream::Seek(std::uint64_t offset) {
  if (offset == offset_) return {};
  const auto target = static_cast<z_off_t>(offset);
  if (gzseek(File(file_.get()), target, SEEK_SET) != target) {
    return ErrorAt(offset_, "cannot go to offset " + std::to_string(offset));
  }
  offset_ = offset;
  return {};
}

Error ByteStream::ErrorAt(std::uint64_t offset, std::string_view problem) const {
  return {Code::kDataLoss, path_.string() + ": offset " + std::to_string(offset) +
                               (gzip() ? " (unpacked): " : ": ") + std::string(problem)};
}

}  // namespace credence::data
