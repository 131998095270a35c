#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "base/list_folder.h"

namespace credence::metrics {
namespace {

double BootTimeSeconds() {
  std::ifstream in("/proc/stat");
  for (std::string word; in >> word;) {
    double value = 0;
    if (word == "btime" && in >> value) return value;
  }
  return 0;
}

double OpenDescriptors() {
  double count = 0;
  ForEachName("/proc/self/fd", [&count](const char*) {
    ++count;
    return true;
  });
  return count;
}

}  // namespace

ProcessFigures ReadProcess() {
  ProcessFigures figures;
  std::ifstream in("/proc/self/stat");
  std::string stat((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  // proc(5): the fields after the command's closing parenthesis begin with number 3.
  const auto close = stat.rfind(')');
  if (close != std::string::npos) {
    std::istringstream fields(stat.substr(close + 1));
    const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    std::string skip;
    for (int number = 3; number <= 24 && fields >> skip; ++number) {
      const double value = number == 3 ? 0 : std::stod(skip);
      if (number == 14 || number == 15) figures.cpu_seconds += value / ticks;
      if (number == 20) figures.threads = value;
      if (number == 22) figures.start_time_seconds = BootTimeSeconds() + value / ticks;
      if (number == 23) figures.virtual_bytes = value;
      if (number == 24) figures.resident_bytes = value * static_cast<double>(sysconf(_SC_PAGESIZE));
    }
  }
  figures.open_fds = OpenDescriptors();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.max_fds = static_cast<double>(limit.rlim_cur);
  return figures;
}

}  // namespace credence::metrics
