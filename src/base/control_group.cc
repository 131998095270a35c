#include "base/control_group.h"

#include <fstream>

namespace credence {
namespace {

// This process's control group (version 2) in /proc/self/cgroup: "0::/system.slice/x" -> its path.
std::string ControlGroup() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("0::", 0) == 0) return line.substr(3);
  }
  return "/";
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

void ForEachControlGroup(const std::string& name, const std::function<void(std::string)>& visit) {
  for (std::string group = ControlGroup();;) {
    visit(FirstLine("/sys/fs/cgroup" + group + "/" + name));
    const std::size_t slash = group.rfind('/');
    if (group.empty() || slash == group.npos) break;
    group.resize(slash);
  }
}

}  // namespace credence
