#include "base/control_group.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <string>

namespace credence {
namespace {

namespace fs = std::filesystem;

constexpr long kProcessorsMax = 1'000'000;

// Of "4:memory:/docker/x" the path, for the controller "memory"; of "0::/system.slice/x", for "",
// which is version 2. The root where there is no such line.
std::string GroupOf(const fs::path& of_process, std::string_view controller) {
  std::ifstream file(of_process);
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (controllers.find("," + std::string(controller) + ",") == controllers.npos) continue;
    return line.substr(second + 1);
  }
  return "/";
}

std::string FirstLine(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Visits the folder of the group and of each above it; of those only the root may be there.
void ForEachGroup(const ControlGroupFiles& files, std::string_view controller,
                  const std::function<void(const fs::path&)>& visit) {
  for (std::string group = GroupOf(files.of_process, controller);;) {
    visit(files.mount / controller / fs::path(group).relative_path());
    const std::size_t slash = group.rfind('/');
    if (group.empty() || slash == group.npos) return;
    group.resize(slash);
  }
}

// "536870912" -> that; anything but a positive number, such as "max", is no limit: 0.
long NumberOf(std::string_view text) {
  long number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end && number > 0 ? number : 0;
}

}  // namespace

std::uint64_t ControlGroupMemory(const ControlGroupFiles& files) {
  std::uint64_t least = UINT64_MAX;
  const auto take = [&least](const fs::path& path) {
    const long bytes = NumberOf(FirstLine(path));
    // Version 1 says "no limit" by a number near the largest.
    if (bytes > 0 && bytes < INT64_MAX / 2) least = std::min(least, std::uint64_t(bytes));
  };
  ForEachGroup(files, "", [&](const fs::path& group) { take(group / "memory.max"); });
  ForEachGroup(files, "memory",
               [&](const fs::path& group) { take(group / "memory.limit_in_bytes"); });
  return least;
}

int ControlGroupProcessors(const ControlGroupFiles& files) {
  long least = 0;
  const auto take = [&least](std::string_view quota, std::string_view period) {
    const long time = NumberOf(quota), of = NumberOf(period);
    if (time == 0 || of == 0) return;
    const long processors = std::min((time - 1) / of + 1, kProcessorsMax);
    least = least == 0 ? processors : std::min(least, processors);
  };
  ForEachGroup(files, "", [&](const fs::path& group) {
    const std::string cpu_max = FirstLine(group / "cpu.max");
    const std::size_t space = cpu_max.find(' ');
    if (space == cpu_max.npos) return;
    take(std::string_view(cpu_max).substr(0, space), std::string_view(cpu_max).substr(space + 1));
  });
  ForEachGroup(files, "cpu", [&](const fs::path& group) {
    take(FirstLine(group / "cpu.cfs_quota_us"), FirstLine(group / "cpu.cfs_period_us"));
  });
  return static_cast<int>(least);
}

}  // namespace credence
