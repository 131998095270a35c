#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/control_group.h"

namespace credence {

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
  // The quota may stand on any group above ours.
  ForEachControlGroup("cpu.max", [&processors](const std::string& cpu_max) {
    if (const int quota = ProcessorsOfQuota(cpu_max)) processors = std::min(processors, quota);
  });
  return processors;
}

}  // namespace credence
