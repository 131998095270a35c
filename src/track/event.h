// An Event is one fact about a training run: a parameter, metric, tag, file, or its end. On disk
// each is a line of JSON in RUN/events.jsonl, in the order they happened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence::track {

enum class EventKind { kStart, kParam, kTag, kMetric, kArtifact, kFinish };

struct Event {
  EventKind kind = EventKind::kStart;
  std::int64_t time_ms = 0;  // since 1970
  std::string key = {};      // kStart: the experiment; kArtifact: path below RUN/artifacts
  std::string value = {};    // kParam, kTag; kStart: the run's name; kFinish: the status
  double number = 0;         // kMetric
  std::int64_t step = 0;     // kMetric: the epoch
};

// One line with its end. A metric that is not finite is written as null.
std::string Encode(const Event& event);

struct EventLog {
  std::vector<Event> events;
  std::uint64_t bytes = 0;  // of complete lines; a crash may have left a part of one after them
};

// Reads RUN/events.jsonl. Ignores a last line without its end.
// Errors: kNotFound - it cannot be opened; kDataLoss - it cannot be read to its end, or a whole
//         line is no event, by its number.
Result<EventLog> ReadEvents(const std::filesystem::path& run);

}  // namespace credence::track
