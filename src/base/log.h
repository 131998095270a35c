// Log is the operational log: few lines, for people on a terminal, as JSON in a pipe.
//
//   log.Info("serving", {{"predictor", "digits"}, {"version", 3}});
//
// Goes to stderr, one line an event, at once, but not by the thread that logs, which never waits
// (line_writer.h); long fields are cut. The access log is api/access_log.h.
// Threads: thread-safe.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace spdlog {
class logger;
}

namespace credence {

class LineWriter;

enum class LogLevel { kDebug, kInfo, kWarning, kError };
std::string_view LogLevelName(LogLevel level);  // "debug", "info", "warning", "error"
std::optional<LogLevel> ParseLogLevel(std::string_view name);

enum class LogFormat { kAuto, kText, kJson };  // kAuto: text when stderr is a terminal, else JSON

class Log {
 public:
  // A number stays one in JSON.
  struct Field {
    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    Field(std::string_view name, double number) : key(name), value(number) {}
    template <std::integral Number>
    Field(std::string_view name, Number number)
        : key(name), value(static_cast<std::int64_t>(number)) {}

    std::string_view key;
    std::variant<std::string_view, std::int64_t, double> value;
  };
  using Fields = std::initializer_list<Field>;

  explicit Log(LogFormat format = LogFormat::kAuto, LogLevel level = LogLevel::kInfo);
  ~Log();

  void Debug(std::string_view message, Fields fields = {}) {
    Write(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, Fields fields = {}) {
    Write(LogLevel::kInfo, message, fields);
  }
  void Warning(std::string_view message, Fields fields = {}) {
    Write(LogLevel::kWarning, message, fields);
  }
  void Error(std::string_view message, Fields fields = {}) {
    Write(LogLevel::kError, message, fields);
  }
  // Never throws: a line that there is no memory for is lost and counted.
  void Write(LogLevel level, std::string_view message, Fields fields) noexcept;

  // Lower levels are not written. May change at any time.
  LogLevel level() const;
  void SetLevel(LogLevel level);
  // Writes what waits, as the destructor does; what comes later is lost.
  void Flush();
  // Lines that could not be written, until now.
  std::uint64_t lost() const;

 private:
  void WriteLine(LogLevel level, std::string_view message, Fields fields);

  const std::unique_ptr<LineWriter> writer_;
  const std::shared_ptr<spdlog::logger> logger_;
  bool json_;
};

}  // namespace credence
