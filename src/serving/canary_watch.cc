#include "serving/canary_watch.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "serving/gate.h"

namespace credence::serving {
namespace {

std::vector<LabelChange> ChangesOf(const CanaryStatus& ended) {
  std::vector<LabelChange> changes;
  if (ended.end->action == GateAction::kPromote) {
    changes.push_back({.label = kStableLabel, .version = ended.canary});
  }
  changes.push_back({.label = kCanaryLabel, .version = {}});
  return changes;
}

}  // namespace

CanaryWatch::CanaryWatch(int lanes, MoveLabel move, const Clock& clock, Log& log)
    : lanes_(lanes), move_(std::move(move)), clock_(clock), log_(log) {}

CanaryRunPtr CanaryWatch::Watch(const CanarySubject& subject, const std::filesystem::path& folder) {
  if (subject.stable == subject.canary) {
    Unwatch(subject.predictor);
    return nullptr;
  }
  auto entries = entries_.lock();
  Entry& entry = (*entries)[subject.predictor];
  entry.folder = folder;
  if (entry.run != nullptr && entry.watched && entry.run->IsOf(subject)) {
    return entry.last ? nullptr : entry.run;
  }
  const auto seed = static_cast<std::uint64_t>(clock_.Now().time_since_epoch().count());
  entry = {.run = std::make_shared<CanaryRun>(subject, lanes_, seed, clock_.Wall()),
           .folder = folder,
           .last = {}};
  return entry.run;
}

void CanaryWatch::Unwatch(const std::string& predictor) {
  auto entries = entries_.lock();
  const auto at = entries->find(predictor);
  if (at == entries->end()) return;
  Entry& entry = at->second;
  entry.watched = false;
  entry.run->Close();
  if (entry.last) return;
  entry.done = true;
  entry.last = entry.run->Status();
  entry.last->end = {.action = GateAction::kNone,
                     .when = clock_.Wall(),
                     .reason = "there is no canary any more, or it is the stable version"};
}

std::optional<CanaryStatus> CanaryWatch::Status(const std::string& predictor) {
  auto entries = entries_.lock();
  const auto at = entries->find(predictor);
  if (at == entries->end()) return std::nullopt;
  return at->second.last ? *at->second.last : at->second.run->Status();
}

bool CanaryWatch::CheckGates() {
  for (const std::string& predictor : Decided()) Act(predictor);
  auto entries = entries_.lock();
  return std::ranges::any_of(*entries, [](const auto& entry) { return !entry.second.done; });
}

std::vector<std::string> CanaryWatch::Decided() {
  std::vector<std::string> decided;
  auto entries = entries_.lock();
  for (auto& [predictor, entry] : *entries) {
    if (entry.done) continue;
    if (!entry.last) {
      CanaryStatus status = entry.run->Status();
      GateDecision decision = Decide(status.config, status.counts);
      if (decision.action == GateAction::kNone) continue;
      status.end = {
          .action = decision.action, .when = clock_.Wall(), .reason = std::move(decision.reason)};
      entry.run->Close();
      entry.last = std::move(status);
    }
    decided.push_back(predictor);
  }
  return decided;
}

void CanaryWatch::Act(const std::string& predictor) {
  const auto [folder, ended] = [&] {
    auto entries = entries_.lock();
    const Entry& entry = entries->at(predictor);
    return std::pair(entry.folder, *entry.last);
  }();
  const std::vector<LabelChange> changes = ChangesOf(ended);
  for (const LabelChange& change : changes) {
    if (const auto moved = move_(predictor, change); !moved) {
      return Complain(predictor, "label " + change.label + ": " + moved.error().message);
    }
  }
  {
    auto entries = entries_.lock();
    entries->at(predictor).done = true;
  }
  log_.Warning(ended.end->action == GateAction::kPromote ? "the gate promoted the canary"
                                                         : "the gate rolled the canary back",
               {{"predictor", predictor},
                {"stable", ended.stable},
                {"canary", ended.canary},
                {"reason", ended.end->reason}});
  if (folder.empty()) return;
  if (const auto written = WriteLabels(folder, changes); !written) {
    log_.Warning("the labels moved in memory only; after a restart they are where they were",
                 {{"predictor", predictor}, {"reason", written.error().message}});
  }
}

void CanaryWatch::Complain(const std::string& predictor, const std::string& reason) {
  {
    auto entries = entries_.lock();
    Entry& entry = entries->at(predictor);
    if (entry.complaint == reason) return;
    entry.complaint = reason;
  }
  log_.Error("the gate could not move a label; it tries again at each check",
             {{"predictor", predictor}, {"reason", reason}});
}

}  // namespace credence::serving
