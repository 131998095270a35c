#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/json_writer.h"

namespace credence {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warning", "error"};

}  // namespace

std::string_view LogLevelName(LogLevel level) { return kNames[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kNames.begin());
}

Log::Log(LogFormat format, LogLevel level)
    : logger_(std::make_shared<spdlog::logger>("log",
                                               std::make_shared<spdlog::sinks::stderr_sink_mt>())),
      json_(format == LogFormat::kJson ||
            (format == LogFormat::kAuto && isatty(STDERR_FILENO) == 0)) {
  logger_->set_level(ToSpdlog(level));
  logger_->flush_on(spdlog::level::trace);
  logger_->set_pattern(json_ ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                             : "%H:%M:%S %^%-7l%$ %v");
}

Log::~Log() = default;

LogLevel Log::level() const {
  switch (logger_->level()) {
    case spdlog::level::debug:
      return LogLevel::kDebug;
    case spdlog::level::info:
      return LogLevel::kInfo;
    case spdlog::level::warn:
      return LogLevel::kWarning;
    default:
      return LogLevel::kError;
  }
}

void Log::SetLevel(LogLevel level) { logger_->set_level(ToSpdlog(level)); }

void Log::Write(LogLevel level, std::string_view message, Fields fields) {
  if (!logger_->should_log(ToSpdlog(level))) return;
  std::string line;
  if (json_) {
    JsonWriter json(line);
    json.BeginObject().Key("message").String(message);
    for (const auto& [key, value] : fields) json.DynamicKey(key).String(value);
    json.EndObject();
    line = line.substr(1, line.size() - 2);  // the pattern holds the braces
  } else {
    line = message;
    for (const auto& [key, value] : fields) {
      line.append("  ").append(key).append("=").append(value);
    }
  }
  logger_->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace credence
