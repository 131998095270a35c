#include "security/watched_files.h"

#include <sys/stat.h>

#include <utility>

namespace credence::security {

WatchedFiles::WatchedFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {
  std::erase(paths_, std::string());
  for (const std::string& path : paths_) seen_.push_back(LookAt(path));
}

WatchedFiles::Look WatchedFiles::LookAt(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {static_cast<std::int64_t>(status.st_dev), static_cast<std::int64_t>(status.st_ino),
          static_cast<std::int64_t>(status.st_size),
          static_cast<std::int64_t>(status.st_mtim.tv_sec),
          static_cast<std::int64_t>(status.st_mtim.tv_nsec)};
}

bool WatchedFiles::Changed() {
  bool changed = false;
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const Look look = LookAt(paths_[i]);
    changed = changed || look != seen_[i];
    seen_[i] = look;
  }
  return changed;
}

}  // namespace credence::security
