// WatchedFiles notices that files changed: written anew, replaced, or a link that leads elsewhere,
// as Kubernetes changes mounted secrets. Threads: thread-compatible.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace credence::security {

class WatchedFiles {
 public:
  // Empty paths are passed over. What the files are like now counts as seen.
  explicit WatchedFiles(std::vector<std::string> paths);

  // Whether a file is another one, or has another size or time, than at the last call.
  bool Changed();

 private:
  using Look = std::array<std::int64_t, 5>;  // device, inode, size, seconds, nanoseconds
  static Look LookAt(const std::string& path);

  std::vector<std::string> paths_;
  std::vector<Look> seen_;
};

}  // namespace credence::security
