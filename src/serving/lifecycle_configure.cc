// A configuration that replaces another while the Lifecycle runs.
#include <algorithm>
#include <set>
#include <utility>

#include "serving/lifecycle.h"

namespace credence::serving {

Result<void> Lifecycle::Configure(Configuration wanted) {
  {
    // While no look is under way, which would enter what the old configuration names.
    const auto looks = looks_.lock();
    auto state = state_.lock();
    if (auto possible = CheckLabels(wanted.labels, *state); !possible) return possible;
    std::set<std::string> gone;
    for (const auto& [name, entry] : state->entries) gone.insert(name);
    for (const ModelSource& source : wanted.sources) gone.erase(source.name);
    state->configured = std::move(wanted);
    for (const std::string& name : gone) DropEntry(name, *state);
    for (auto& [name, entry] : state->entries) {
      entry.table.label_sources.flags = LabelsOf(name, state->configured);
      PointLabels(entry.table);
    }
    PublishState(*state);
    log_.Info("new model configuration",
              {{"models", std::to_string(state->configured.sources.size())},
               {"unloaded", std::to_string(gone.size())}});
  }
  Look();
  Poke();
  return {};
}

Result<void> Lifecycle::CheckLabels(const std::vector<LabelFlag>& labels,
                                    const State& state) const {
  for (const LabelFlag& label : labels) {
    const auto entry = state.entries.find(label.predictor);
    if (entry == state.entries.end()) continue;
    const VersionTable& table = entry->second.table;
    if (!table.labels.contains(label.label)) continue;
    const KnownVersion* const version = table.Find(label.version);
    if (version != nullptr && version->available()) continue;
    return Error{Code::kFailedPrecondition, "Request to assign label to version " +
                                                std::to_string(label.version) + " of model " +
                                                label.predictor +
                                                ", which is not currently available for inference"};
  }
  return {};
}

void Lifecycle::DropEntry(const std::string& name, State& state) {
  const auto entry = state.entries.find(name);
  for (auto& [number, version] : entry->second.loaded) {
    state.retired.push_back({name, number, std::move(version)});
  }
  canaries_.Unwatch(name);
  state.entries.erase(entry);
}

Result<bool> Lifecycle::Settled(std::string_view predictor) {
  auto state = state_.lock();
  const auto entry = state->entries.find(predictor);
  if (entry == state->entries.end()) {
    return Error{Code::kNotFound,
                 "there is no version of \"" + std::string(predictor) + "\" on disk"};
  }
  const VersionTable& table = entry->second.table;
  if (table.Serves()) return true;
  std::string error;
  for (const std::int64_t number : Wanted(table, PolicyOf(predictor, *state))) {
    const KnownVersion& version = *table.Find(number);
    if (!version.failed()) return false;
    error = version.error;
  }
  // Under "latest" a version that failed is not wanted any more: a lower one takes its place.
  for (const KnownVersion& version : table.versions) {
    if (error.empty()) error = version.error;
  }
  return Error{Code::kFailedPrecondition, error.empty() ? "no version is asked for" : error};
}

}  // namespace credence::serving
