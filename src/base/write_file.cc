#include "base/write_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace credence {
namespace {

namespace fs = std::filesystem;

Error DiskError(const fs::path& path, int why) {
  return {Code::kUnavailable, "cannot write " + path.string() + ": " + std::strerror(why)};
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// Without it a power cut could forget the rename and leave the old file, which is whole, too: so a
// folder that cannot be synced is no error.
void SyncFolder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

Result<void> WriteAtomically(const fs::path& path, std::string_view bytes) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    return Error{Code::kUnavailable, "cannot make " + folder.string() + ": " + error.message()};
  }
  const fs::path partial = path.string() + ".partial-" + std::to_string(::getpid());
  const int fd = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return DiskError(partial, errno);
  // Nothing is allocated until the file is closed, and gone if it is not whole.
  const int not_written = WriteAll(fd, bytes) && ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  const bool renamed = not_written == 0 && ::rename(partial.c_str(), path.c_str()) == 0;
  const int not_renamed = errno;
  if (!renamed) {
    ::unlink(partial.c_str());
    return not_written != 0 ? DiskError(partial, not_written) : DiskError(path, not_renamed);
  }
  SyncFolder(folder);
  return {};
}

Result<void> WriteAtomically(const std::filesystem::path& path,
                             std::span<const std::uint8_t> bytes) {
  return WriteAtomically(
      path, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace credence
