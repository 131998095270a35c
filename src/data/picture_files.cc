#include "data/picture_files.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include "base/check.h"

namespace credence::data {
namespace {

namespace fs = std::filesystem;

class PictureFiles final : public PictureSource {
 public:
  PictureFiles(PictureFilesOptions options, std::vector<ListedFile> files)
      : options_(std::move(options)), files_(std::move(files)) {}

  std::int64_t rows() const override { return std::ssize(files_); }
  std::string Name(std::int64_t row) const override {
    const ListedFile& file = files_[static_cast<std::size_t>(row)];
    std::string name = Path(row).string();
    if (file.line > 0) {
      name += " (" + options_.list.string() + " line " + std::to_string(file.line) + ")";
    }
    return name;
  }
  std::string File(std::int64_t row) const override {
    return files_[static_cast<std::size_t>(row)].path;
  }
  bool random_access_is_cheap() const override { return true; }
  Result<std::unique_ptr<PictureReader>> NewReader() const override;

  fs::path Path(std::int64_t row) const {
    return options_.root / files_[static_cast<std::size_t>(row)].path;
  }
  const PictureFilesOptions& options() const { return options_; }

 private:
  const PictureFilesOptions options_;
  const std::vector<ListedFile> files_;
};

class PictureFileReader final : public PictureReader {
 public:
  explicit PictureFileReader(const PictureFiles& source) : source_(source) {}

  Result<void> Read(std::int64_t row, image::Decoded& out) override {
    Result<void> read = ReadFile(source_.Path(row), source_.options().file_bytes_max, bytes_);
    if (read) read = source_.options().decode(bytes_, out);
    if (!read) return Annotate(read.error(), source_.Name(row));
    return {};
  }
  image::Bytes file() const override { return bytes_; }

 private:
  const PictureFiles& source_;
  std::vector<std::uint8_t> bytes_;
};

Result<std::unique_ptr<PictureReader>> PictureFiles::NewReader() const {
  return std::unique_ptr<PictureReader>(new PictureFileReader(*this));
}

}  // namespace

std::unique_ptr<const PictureSource> MakePictureFiles(PictureFilesOptions options,
                                                      std::vector<ListedFile> files) {
  CREDENCE_CHECK(options.decode != nullptr);
  return std::make_unique<const PictureFiles>(std::move(options), std::move(files));
}

Result<void> ReadFile(const fs::path& path, std::int64_t bytes_max,
                      std::vector<std::uint8_t>& out) {
  std::error_code code;
  if (!fs::is_regular_file(path, code)) {
    if (!code) return Error{Code::kInvalidArgument, path.string() + ": no regular file"};
    const bool missing = code == std::errc::no_such_file_or_directory;
    return Error{Code::kNotFound,
                 path.string() + (missing ? ": no such file" : ": " + code.message())};
  }
  const std::uintmax_t bytes = fs::file_size(path, code);
  if (code || bytes > static_cast<std::uintmax_t>(bytes_max)) {
    return Error{Code::kTooLarge, path.string() + ": " + std::to_string(bytes) +
                                      " bytes; the limit is " + std::to_string(bytes_max)};
  }
  out.resize(bytes);
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    code = std::error_code(errno, std::generic_category());
    return Error{Code::kNotFound, path.string() + ": cannot be read: " + code.message()};
  }
  in.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(bytes));
  if (static_cast<std::uintmax_t>(in.gcount()) != bytes) {
    return Error{Code::kNotFound, path.string() + ": offset " + std::to_string(in.gcount()) +
                                      ": cannot be read; expected " + std::to_string(bytes) +
                                      " bytes"};
  }
  return {};
}

}  // namespace credence::data
