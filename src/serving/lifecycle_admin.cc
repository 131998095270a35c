// What operators ask of the Lifecycle.
#include <algorithm>

#include "serving/lifecycle.h"

namespace credence::serving {
namespace {

std::string Name(std::string_view predictor, std::int64_t version) {
  return "version " + std::to_string(version) + " of \"" + std::string(predictor) + "\"";
}

Error NoPredictor(std::string_view name) {
  return {Code::kNotFound, "there is no predictor \"" + std::string(name) + "\""};
}

Error NoVersion(std::string_view predictor, std::int64_t version) {
  return {Code::kNotFound, Name(predictor, version) + " is not there"};
}

// The label that points to `version`, if one does.
const std::string* LabelOf(const VersionTable& table, std::int64_t version) {
  const auto found = std::find_if(table.labels.begin(), table.labels.end(),
                                  [&](const auto& label) { return label.second == version; });
  return found == table.labels.end() ? nullptr : &found->first;
}

}  // namespace

bool Lifecycle::Knows(std::string_view predictor, std::int64_t version) {
  auto state = state_.lock();
  const auto entry = state->entries.find(predictor);
  return entry != state->entries.end() && entry->second.table.Find(version) != nullptr;
}

Result<void> Lifecycle::Load(std::string_view predictor, std::int64_t version) {
  if (!Knows(predictor, version)) Look();
  {
    auto state = state_.lock();
    const auto entry = state->entries.find(predictor);
    if (entry == state->entries.end()) return NoPredictor(predictor);
    KnownVersion* known = entry->second.table.Find(version);
    if (known == nullptr) return NoVersion(predictor, version);
    if (!known->on_disk && !known->available()) {
      return Error{Code::kFailedPrecondition,
                   "the files of " + Name(predictor, version) + " are gone"};
    }
    known->forced = true;
    known->held = false;
    known->again = known->again || known->failed();
  }
  Poke();
  return {};
}

Result<void> Lifecycle::Unload(std::string_view predictor, std::int64_t version) {
  {
    auto state = state_.lock();
    const auto entry = state->entries.find(predictor);
    if (entry == state->entries.end()) return NoPredictor(predictor);
    KnownVersion* known = entry->second.table.Find(version);
    if (known == nullptr) return NoVersion(predictor, version);
    if (!known->available() && known->state != VersionState::kLoading) {
      return Error{Code::kFailedPrecondition, Name(predictor, version) + " is not loaded"};
    }
    if (const std::string* label = LabelOf(entry->second.table, version)) {
      return Error{Code::kFailedPrecondition, "label \"" + *label + "\" points to " +
                                                  Name(predictor, version) +
                                                  "; move it to another first"};
    }
    known->held = true;
    known->forced = false;
  }
  Poke();
  return {};
}

Result<void> Lifecycle::Reload(std::string_view predictor, std::optional<std::int64_t> version) {
  {
    auto state = state_.lock();
    const auto entry = state->entries.find(predictor);
    if (entry == state->entries.end()) return NoPredictor(predictor);
    VersionTable& table = entry->second.table;
    if (version && table.Find(*version) == nullptr) return NoVersion(predictor, *version);
    bool any = false;
    for (KnownVersion& one : table.versions) {
      if (version && one.version != *version) continue;
      if (!one.available() || !one.on_disk || (one.held && !version)) continue;
      one.again = any = true;
      if (one.held) {  // unloaded a moment ago, and not gone yet: the later word counts
        one.held = false;
        one.forced = true;
      }
    }
    if (!any) {
      return Error{Code::kFailedPrecondition,
                   (version ? Name(predictor, *version)
                            : "no version of \"" + std::string(predictor) + "\"") +
                       (version ? " is not loaded, or its files are gone"
                                : " is loaded from files that are there")};
    }
  }
  Poke();
  return {};
}

Result<bool> Lifecycle::Settled(std::string_view predictor, std::int64_t version) {
  auto state = state_.lock();
  const auto entry = state->entries.find(predictor);
  if (entry == state->entries.end()) return NoPredictor(predictor);
  const KnownVersion* known = entry->second.table.Find(version);
  if (known == nullptr) return NoVersion(predictor, version);
  if (known->again || known->state == VersionState::kLoading) return false;
  if (!known->error.empty()) {
    return Error{Code::kFailedPrecondition,
                 Name(predictor, version) + " was refused: " + known->error};
  }
  if (known->available()) return true;
  if (!known->held) return false;
  return Error{Code::kFailedPrecondition, Name(predictor, version) + " was unloaded meanwhile"};
}

Result<void> Lifecycle::SetLabel(std::string_view predictor, std::string_view label,
                                 std::int64_t version) {
  if (!IsLabel(label)) {
    return Error{Code::kInvalidArgument,
                 "\"" + std::string(label) +
                     "\" is not a version label: a letter, then up to 63 of A-Z a-z 0-9 _ . -"};
  }
  auto state = state_.lock();
  const auto entry = state->entries.find(predictor);
  if (entry == state->entries.end()) return NoPredictor(predictor);
  VersionTable& table = entry->second.table;
  const KnownVersion* known = table.Find(version);
  if (known == nullptr) return NoVersion(predictor, version);
  if (!known->available() || known->held) {
    return Error{Code::kFailedPrecondition,
                 Name(predictor, version) + " does not serve" +
                     (known->error.empty() ? "" : ": it was refused: " + known->error)};
  }
  table.label_sources.admin[std::string(label)] = version;
  PointLabels(table);
  PublishState(*state);
  log_.Info("label moved", {{"predictor", predictor}, {"label", label}, {"version", version}});
  Poke();
  return {};
}

Result<void> Lifecycle::RemoveLabel(std::string_view predictor, std::string_view label) {
  auto state = state_.lock();
  const auto entry = state->entries.find(predictor);
  if (entry == state->entries.end()) return NoPredictor(predictor);
  VersionTable& table = entry->second.table;
  const Labels wanted = Combine(table.label_sources);
  if (!wanted.contains(label)) {
    return Error{Code::kNotFound, "\"" + std::string(predictor) + "\" has no version label \"" +
                                      std::string(label) + "\""};
  }
  table.label_sources.admin[std::string(label)] = std::nullopt;
  PointLabels(table);
  PublishState(*state);
  log_.Info("label removed", {{"predictor", predictor}, {"label", label}});
  Poke();
  return {};
}

}  // namespace credence::serving
