#include <zlib.h>

#include <algorithm>
#include <system_error>

#include "base/check.h"
#include "data/idx.h"

namespace credence::data {

struct IdxWriter::File {
  std::filesystem::path path;
  std::filesystem::path part;  // what is written until it is complete
  gzFile out = nullptr;
  std::uint64_t bytes_left = 0;

  ~File() {
    if (out == nullptr) return;
    gzclose_w(out);
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
  }
};

IdxWriter::IdxWriter(std::unique_ptr<File> file) : file_(std::move(file)) {}
IdxWriter::IdxWriter(IdxWriter&&) noexcept = default;
IdxWriter& IdxWriter::operator=(IdxWriter&&) noexcept = default;
IdxWriter::~IdxWriter() = default;

Result<IdxWriter> IdxWriter::Create(const std::filesystem::path& path,
                                    std::span<const std::int64_t> dims) {
  CREDENCE_CHECK(!dims.empty() && dims.size() <= 4);
  auto file = std::make_unique<File>();
  file->path = path;
  file->part = path.string() + ".part";
  const char* const mode = path.extension() == ".gz" ? "wb9" : "wbT";  // T: not packed
  file->out = gzopen(file->part.c_str(), mode);
  if (file->out == nullptr) {
    return Error{Code::kNotFound, file->part.string() + ": cannot be written"};
  }
  std::vector<std::uint8_t> header = {0, 0, IdxHeader::kUint8,
                                      static_cast<std::uint8_t>(dims.size())};
  std::uint64_t values = 1;
  for (const std::int64_t dim : dims) {
    CREDENCE_CHECK(dim >= 0 && dim <= UINT32_MAX);
    for (int shift = 24; shift >= 0; shift -= 8) {
      header.push_back(static_cast<std::uint8_t>(dim >> shift & 0xFF));
    }
    values *= static_cast<std::uint64_t>(dim);
  }
  file->bytes_left = header.size() + values;
  IdxWriter writer(std::move(file));
  if (Result<void> written = writer.Append(header); !written) return written.error();
  return writer;
}

Result<void> IdxWriter::Append(std::span<const std::uint8_t> values) {
  CREDENCE_CHECK(values.size() <= file_->bytes_left);
  file_->bytes_left -= values.size();
  if (gzfwrite(values.data(), 1, values.size(), file_->out) != values.size()) {
    return Error{Code::kUnavailable, file_->part.string() + ": cannot be written (disk full?)"};
  }
  return {};
}

Result<void> IdxWriter::Finish() {
  CREDENCE_CHECK(file_->bytes_left == 0);
  const int closed = gzclose_w(file_->out);
  file_->out = nullptr;
  std::error_code code;
  if (closed == Z_OK) std::filesystem::rename(file_->part, file_->path, code);
  if (closed == Z_OK && !code) return {};
  std::error_code ignored;
  std::filesystem::remove(file_->part, ignored);
  return Error{Code::kUnavailable, file_->path.string() + ": cannot be written (disk full?)"};
}

}  // namespace credence::data
