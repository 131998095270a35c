#include "base/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/descriptor.h"

namespace credence {
namespace {

const char* KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Error CannotRead(const std::filesystem::path& path, int error) {
  const Code code = error == ENOENT || error == ENOTDIR ? Code::kNotFound : Code::kUnavailable;
  return {code, path.string() + " cannot be read: " + std::strerror(error)};
}

// The state of an open regular file.
Result<struct stat> StateOf(const Descriptor& file, const std::filesystem::path& path) {
  struct stat state = {};
  // ENXIO: a socket.
  if (file.get() < 0 && errno != ENXIO) return CannotRead(path, errno);
  if (file.get() < 0) state.st_mode = S_IFSOCK;
  if (file.get() >= 0 && ::fstat(file.get(), &state) != 0) return CannotRead(path, errno);
  if (S_ISREG(state.st_mode)) return state;
  return Error{Code::kInvalidArgument,
               path.string() + " is " + KindOf(state.st_mode) + ", not a regular file"};
}

int OpenToRead(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

template <class Bytes>
Result<Bytes> Read(const std::filesystem::path& path, std::uintmax_t bytes_max) {
  const Descriptor file(OpenToRead(path));
  const auto state = StateOf(file, path);
  if (!state) return state.error();
  const auto size = static_cast<std::uintmax_t>(state->st_size);
  if (size > bytes_max) {
    return Error{Code::kTooLarge, path.string() + " has " + std::to_string(size) +
                                      " bytes; the limit is " + std::to_string(bytes_max)};
  }
  Bytes bytes(size, typename Bytes::value_type{});
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return CannotRead(path, errno);
    if (n == 0) {
      return Error{Code::kDataLoss, path.string() + " became shorter while it was read"};
    }
    done += static_cast<std::size_t>(n);
  }
  return bytes;
}

template <class Bytes>
Result<std::optional<Bytes>> IfThere(Result<Bytes> read) {
  if (read) return std::optional<Bytes>(*std::move(read));
  if (read.error().code == Code::kNotFound) return std::optional<Bytes>();
  return read.error();
}

}  // namespace

Result<std::vector<std::uint8_t>> ReadFile(const std::filesystem::path& path,
                                           std::uintmax_t bytes_max) {
  return Read<std::vector<std::uint8_t>>(path, bytes_max);
}

Result<std::string> ReadTextFile(const std::filesystem::path& path, std::uintmax_t bytes_max) {
  return Read<std::string>(path, bytes_max);
}

Result<std::optional<std::vector<std::uint8_t>>> ReadIfThere(const std::filesystem::path& path,
                                                             std::uintmax_t bytes_max) {
  return IfThere(ReadFile(path, bytes_max));
}

Result<std::optional<std::string>> ReadTextIfThere(const std::filesystem::path& path,
                                                   std::uintmax_t bytes_max) {
  return IfThere(ReadTextFile(path, bytes_max));
}

Result<void> CheckRegularFile(const std::filesystem::path& path) {
  const Descriptor file(OpenToRead(path));
  const auto state = StateOf(file, path);
  if (!state) return state.error();
  return {};
}

}  // namespace credence
