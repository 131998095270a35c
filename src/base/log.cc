#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string>

#include "base/contain.h"
#include "base/json_writer.h"
#include "base/line_writer.h"

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

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

// What a field may hold: a message of the engine can be pages long.
constexpr std::size_t kFieldBytesMax = 2048;

std::string_view Cut(std::string_view text) {
  if (text.size() <= kFieldBytesMax) return text;
  std::size_t end = kFieldBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;  // in a character
  return text.substr(0, end);
}

std::string Text(const std::variant<std::string_view, std::int64_t, double>& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return std::string(Cut(*text));
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  return std::to_string(std::get<double>(value));
}

class Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Sink(LineWriter& writer) : writer_(writer) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto thrown = Attempt([&] {
      spdlog::memory_buf_t line;
      formatter_->format(message, line);
      writer_.Append({line.data(), line.size()});
    });
    if (thrown) writer_.CountLost();
  }
  void flush_() override {}

  LineWriter& writer_;
};

std::string LostLine(std::uint64_t lines, bool json) {
  const std::string count = std::to_string(lines);
  if (json) return R"({"level":"warning","message":"log lines lost","lines":)" + count + "}\n";
  return "warning log lines lost  lines=" + count + "\n";
}

bool WantsJson(LogFormat format) {
  return format == LogFormat::kJson || (format == LogFormat::kAuto && isatty(STDERR_FILENO) == 0);
}

std::unique_ptr<LineWriter> ToStderr(bool json) {
  return std::make_unique<LineWriter>(
      STDERR_FILENO,
      LineWriter::Options{.thread_name = "log",
                          .lost_line = [json](std::uint64_t n) { return LostLine(n, json); }});
}

}  // namespace

std::string_view LogLevelName(LogLevel level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  const auto* const found = std::find(kLevelNames.begin(), kLevelNames.end(), name);
  if (found == kLevelNames.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kLevelNames.begin());
}

Log::Log(LogFormat format, LogLevel level)
    : writer_(ToStderr(WantsJson(format))),
      logger_(std::make_shared<spdlog::logger>("log", std::make_shared<Sink>(*writer_))),
      json_(WantsJson(format)) {
  logger_->set_level(ToSpdlog(level));
  if (json_) {  // the time as the access log writes it
    logger_->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})",
                         spdlog::pattern_time_type::utc);
  } else {
    logger_->set_pattern("%H:%M:%S %^%-7l%$ %v");
  }
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

void Log::Flush() { writer_->End(); }

std::uint64_t Log::lost() const { return writer_->lost(); }

void Log::SetLevel(LogLevel level) { logger_->set_level(ToSpdlog(level)); }

void Log::Write(LogLevel level, std::string_view message, Fields fields) noexcept {
  if (!logger_->should_log(ToSpdlog(level))) return;
  if (Attempt([&] { WriteLine(level, message, fields); })) writer_->CountLost();
}

void Log::WriteLine(LogLevel level, std::string_view message, Fields fields) {
  std::string line;
  if (json_) {
    JsonWriter json(line);
    json.BeginObject().Key("message").String(message);
    for (const Field& field : fields) {
      json.DynamicKey(field.key);
      if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        json.String(Cut(*text));
      } else if (const auto* whole = std::get_if<std::int64_t>(&field.value)) {
        json.Number(*whole);
      } else {
        json.Number(std::get<double>(field.value));
      }
    }
    json.EndObject();
    line = line.substr(1, line.size() - 2);  // the pattern holds the braces
  } else {
    line = message;
    for (const Field& field : fields) {
      line.append("  ").append(field.key).append("=").append(Text(field.value));
    }
  }
  logger_->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace credence
