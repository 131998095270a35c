// What limits this process's control group and those above it, of version 1 or 2. In a container,
// the process's group is the root of what is seen.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace credence {

// Where the kernel tells of control groups.
struct ControlGroupFiles {
  std::filesystem::path of_process = "/proc/self/cgroup";
  std::filesystem::path mount = "/sys/fs/cgroup";
};

// Bytes of memory; UINT64_MAX: no limit.
std::uint64_t ControlGroupMemory(const ControlGroupFiles& files = {});
// Processors by quota, rounded up; 0: no limit.
int ControlGroupProcessors(const ControlGroupFiles& files = {});

}  // namespace credence
