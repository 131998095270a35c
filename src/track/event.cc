#include "track/event.h"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"

namespace credence::track {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::array<std::string_view, 6> kNames = {"start",  "param",    "tag",
                                                    "metric", "artifact", "finish"};

std::string Text(const OrderedJson& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t Whole(const OrderedJson& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::optional<Event> Parse(std::string_view line) {
  const OrderedJson json = OrderedJson::parse(Shallow(line), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const std::string name = Text(json, "event");
  for (std::size_t kind = 0; kind < kNames.size(); ++kind) {
    if (name != kNames[kind]) continue;
    Event event{.kind = static_cast<EventKind>(kind),
                .time_ms = Whole(json, "time"),
                .key = Text(json, "key"),
                .value = Text(json, "value"),
                .number = std::numeric_limits<double>::quiet_NaN(),
                .step = Whole(json, "step")};
    const auto number = json.find("number");
    if (number != json.end() && number->is_number()) event.number = number->get<double>();
    return event;
  }
  return std::nullopt;
}

}  // namespace

std::string Encode(const Event& event) {
  OrderedJson json = {{"event", kNames[static_cast<std::size_t>(event.kind)]},
                      {"time", event.time_ms}};
  if (!event.key.empty()) json["key"] = event.key;
  if (!event.value.empty()) json["value"] = event.value;
  if (event.kind == EventKind::kMetric) {
    json["number"] = event.number;
    json["step"] = event.step;
  }
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

Result<EventLog> ReadEvents(const std::filesystem::path& run) {
  const std::filesystem::path path = run / "events.jsonl";
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error{Code::kNotFound, path.string() + " cannot be read: " + std::strerror(errno)};
  }
  EventLog log;
  std::string line;
  while (std::getline(file, line) && !file.eof()) {
    const std::optional<Event> event = Parse(line);
    if (!event) {
      return Error{Code::kDataLoss, path.string() + ": line " +
                                        std::to_string(log.events.size() + 1) +
                                        " is not an event of a training run"};
    }
    log.events.push_back(*event);
    log.bytes += line.size() + 1;
  }
  if (file.bad()) {
    return Error{Code::kDataLoss, path.string() + " cannot be read: " + std::strerror(errno)};
  }
  return log;
}

}  // namespace credence::track
