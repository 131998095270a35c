#include "track/metrics_file.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/write_file.h"

namespace credence::track {
namespace {

// As Prometheus escapes a label's value.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

}  // namespace

MetricsFile::MetricsFile(std::filesystem::path path, std::string predictor, std::string recipe,
                         const Clock& clock)
    : path_(std::move(path)),
      predictor_(std::move(predictor)),
      recipe_(std::move(recipe)),
      clock_(clock) {}

void MetricsFile::Set(std::string_view name, double value) { Set(name, "", value); }

void MetricsFile::Set(std::string_view name, std::string_view split, double value) {
  values_[std::string(name)][std::string(split)] = value;
}

Result<void> MetricsFile::Write() {
  if (path_.empty()) return {};
  const std::chrono::duration<double> now = clock_.Wall().time_since_epoch();
  Set("updated_timestamp_seconds", now.count());
  const std::string labels = "{predictor=" + Quoted(predictor_) + ",recipe=" + Quoted(recipe_);
  std::string text;
  for (const auto& [name, of_splits] : values_) {
    std::string words = name;
    std::ranges::replace(words, '_', ' ');
    text.append("# HELP credence_training_").append(name).append(" Of a training run: ");
    text.append(words).append("\n");
    text.append("# TYPE credence_training_").append(name).append(" gauge\n");
    for (const auto& [split, value] : of_splits) {
      text.append("credence_training_").append(name).append(labels);
      if (!split.empty()) text.append(",split=").append(Quoted(split));
      text.append("} ").append(Number(value)).append("\n");
    }
  }
  return WriteAtomically(path_, text);
}

}  // namespace credence::track
