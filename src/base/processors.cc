#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

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

int ProcessorsOfQuota(std::string_view cpu_max) {
  const std::size_t space = cpu_max.find(' ');
  if (space == cpu_max.npos) return 0;
  long quota = 0, period = 0;
  const char* const end = cpu_max.data() + cpu_max.size();
  const auto first = std::from_chars(cpu_max.data(), cpu_max.data() + space, quota);
  const auto second = std::from_chars(cpu_max.data() + space + 1, end, period);
  if (first.ec != std::errc() || second.ec != std::errc() || quota <= 0 || period <= 0) return 0;
  return static_cast<int>(std::min((quota + period - 1) / period, 1'000'000L));
}

int UsableProcessors() {
  int processors = 1;
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) processors = std::max(1, CPU_COUNT(&mask));
  // The quota may stand on any group above ours. In a container, ours is the root of what is seen.
  for (std::string group = ControlGroup();;) {
    if (const int quota = ProcessorsOfQuota(FirstLine("/sys/fs/cgroup" + group + "/cpu.max"))) {
      processors = std::min(processors, quota);
    }
    const std::size_t slash = group.rfind('/');
    if (group.empty() || slash == group.npos) break;
    group.resize(slash);
  }
  return processors;
}

}  // namespace credence
