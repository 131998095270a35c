#include "base/time_text.h"

#include <cstdio>
#include <ctime>

namespace credence {
namespace {

// The second that `time` lies in, as strftime writes it.
std::string Format(WallTime time, const char* format) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(second);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &utc)};
}

}  // namespace

std::string Rfc3339(WallTime time) { return Format(time, "%Y-%m-%dT%H:%M:%SZ"); }

std::string Rfc3339Milliseconds(WallTime time) {
  const auto rest = time - std::chrono::floor<std::chrono::seconds>(time);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(rest).count();
  char text[8];
  std::snprintf(text, sizeof text, ".%03dZ", static_cast<int>(millis));
  return Format(time, "%Y-%m-%dT%H:%M:%S") + text;
}

std::string HttpDate(WallTime time) { return Format(time, "%a, %d %b %Y %T GMT"); }

std::string FileTime(WallTime time) { return Format(time, "%Y%m%dT%H%M%SZ"); }

}  // namespace credence
