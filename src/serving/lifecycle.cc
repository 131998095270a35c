#include "serving/lifecycle.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "base/contain.h"
#include "serving/whole.h"

namespace credence::serving {
namespace {

// How often what was unloaded is looked at, until nobody holds it.
constexpr std::chrono::milliseconds kFreePeriod{100};

void EnterFile(const PredictorFile& file, VersionTable& table) {
  if (file.canary_error.empty()) table.canary = file.canary;
  if (file.labels == table.label_sources.file) return;
  table.label_sources.file = file.labels;
  table.label_sources.admin.clear();  // the newest word counts
}

ServedPredictor Snapshot(const VersionTable& table,
                         const std::map<std::int64_t, VersionPtr>& loaded,
                         const VersionPolicy& policy) {
  ServedPredictor served{.name = table.name, .versions = {}, .labels = table.labels};
  served.default_version = DefaultVersion(table, policy).value_or(ServedPredictor::kNone);
  const std::vector<std::int64_t> wanted = Wanted(table, policy);
  for (const KnownVersion& one : table.versions) {
    const auto found = loaded.find(one.version);
    served.versions.push_back(
        {.number = one.version,
         .version = found == loaded.end() ? nullptr : found->second,
         .error = one.error,
         .state = one.state,
         .wanted = std::find(wanted.begin(), wanted.end(), one.version) != wanted.end()});
  }
  return served;
}

}  // namespace

Lifecycle::Lifecycle(RepositoryOptions options, const model::Engine& engine, const Clock& clock,
                     Log& log, metrics::Metrics& metrics)
    : options_(std::move(options)),
      engine_(engine),
      clock_(clock),
      log_(log),
      metrics_(metrics),
      canaries_(
          options_.load.lanes.io,
          [this](const std::string& predictor, const LabelChange& change) {
            return change.version ? SetLabel(predictor, change.label, *change.version)
                                  : RemoveLabel(predictor, change.label);
          },
          clock, log) {
  auto state = state_.lock();
  state->configured = {options_.sources, options_.labels};
}

Lifecycle::~Lifecycle() { Stop(); }

SteadyTime Lifecycle::Tick(const std::stop_token& stop) {
  const SteadyTime now = clock_.Now();
  if (unpublished_.exchange(false)) {
    auto state = state_.lock();
    for (auto& [name, entry] : state->entries) {
      for (KnownVersion& one : entry.table.versions) {
        if (one.state == VersionState::kLoading) one.state = VersionState::kStart;  // nobody is
      }
    }
    PublishState(*state);
  }
  if (look_due_.exchange(false) || now >= next_look_) {
    const bool whole = Look();
    next_look_ = options_.poll.count() > 0 ? now + options_.poll : SteadyTime::max();
    if (!whole) next_look_ = std::min<SteadyTime>(next_look_, now + kRecoverPeriod);
  }
  // Files that have changed just now are looked at once more before they are loaded.
  for (const std::string& name : PredictorNames()) {
    next_look_ = std::min(next_look_, Work(name, stop));
  }
  SteadyTime next = next_look_;
  if (Free()) next = std::min<SteadyTime>(next, clock_.Now() + kFreePeriod);
  if (canaries_.CheckGates()) next = std::min<SteadyTime>(next, clock_.Now() + kGatePeriod);
  return next;
}

std::string Lifecycle::Place(const State& state) const {
  return state.configured.sources.empty() ? options_.models.string() : "the configured models";
}

const VersionPolicy& Lifecycle::PolicyOf(std::string_view predictor, const State& state) const {
  const auto& sources = state.configured.sources;
  const auto source = std::find_if(sources.begin(), sources.end(),
                                   [&](const ModelSource& one) { return one.name == predictor; });
  return source == sources.end() ? options_.versions : source->versions;
}

bool Lifecycle::Look() {
  auto looks = looks_.lock();
  ++*looks;
  const std::vector<ModelSource> sources = [this] {
    auto state = state_.lock();
    return state->configured.sources;
  }();
  auto scanned = sources.empty() ? Scan(options_.models) : Result<Found>(ScanSources(sources));
  Found found;
  if (scanned) {
    found = *std::move(scanned);
  } else {
    found.whole = scanned.error().code != Code::kUnavailable;
  }
  std::map<std::string, Result<PredictorFile>> files;
  for (const FoundPredictor& one : found.predictors) {
    if (!one.folder.empty()) files.emplace(one.name, ReadPredictorFile(one.folder));
  }
  auto state = state_.lock();
  std::vector<std::string> notes = found.notes;
  state->look_error.reset();
  if (!scanned) {
    state->look_error = scanned.error();
    if (!state->entries.empty()) {
      notes.push_back(scanned.error().message + "; what is loaded serves on");
    }
  }
  for (std::string& note : EnterLook(found, files, *state)) notes.push_back(std::move(note));
  Say(notes, *state);
  return found.whole;
}

Lifecycle::Entry& Lifecycle::EntryOf(const std::string& name, State& state) {
  const auto [entry, is_new] = state.entries.try_emplace(name);
  if (is_new) {
    entry->second.table.name = name;
    entry->second.table.label_sources.flags = LabelsOf(name, state.configured);
  }
  return entry->second;
}

std::vector<std::string> Lifecycle::EnterLook(
    const Found& found, const std::map<std::string, Result<PredictorFile>>& files, State& state) {
  std::vector<std::string> notes;
  const LookTime time{.now = clock_.Now(), .wall = clock_.Wall()};
  bool changed = false;
  std::map<std::string_view, const FoundPredictor*> by_name;
  for (const FoundPredictor& one : found.predictors) {
    EntryOf(one.name, state);
    by_name[one.name] = &one;
  }
  for (auto& [name, entry] : state.entries) {
    VersionTable& table = entry.table;
    const VersionTable before = table;
    const auto seen = by_name.find(name);
    Observe(seen == by_name.end() ? nullptr : seen->second, found.whole, time, table);
    if (const auto file = files.find(name); file != files.end()) {
      if (file->second) {
        EnterFile(*file->second, table);
        if (!file->second->canary_error.empty()) notes.push_back(file->second->canary_error);
      } else {
        notes.push_back(file->second.error().message);
      }
    }
    for (std::string& note : PointLabels(table)) notes.push_back(std::move(note));
    changed = changed || !(before == table);
  }
  std::erase_if(state.entries, [](const auto& e) { return e.second.table.versions.empty(); });
  for (const LabelFlag& flag : state.configured.labels) {
    if (!state.entries.contains(flag.predictor)) {
      notes.push_back("--label " + flag.predictor + ":" + flag.label + "=" +
                      std::to_string(flag.version) + ": there is no such predictor");
    }
  }
  if (changed) PublishState(state);
  return notes;
}

void Lifecycle::Say(const std::vector<std::string>& notes, State& state) {
  std::set<std::string> said(notes.begin(), notes.end());
  for (const std::string& note : said) {
    if (!state.notes.contains(note)) log_.Warning(note);
  }
  if (said == state.notes) return;
  state.notes = std::move(said);
  PublishState(state);
}

SteadyTime Lifecycle::Work(const std::string& name, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Action done = Step(name, stop);
    if (done.kind == Action::Kind::kWait) return done.until;
    if (done.kind == Action::Kind::kNothing) break;
  }
  return SteadyTime::max();
}

Action Lifecycle::Step(const std::string& name, const std::stop_token& stop) {
  Action action;
  Job job;
  {
    auto state = state_.lock();
    const auto found = state->entries.find(name);
    if (found == state->entries.end()) return {};
    Entry& entry = found->second;
    action = NextAction(entry.table, PolicyOf(name, *state), clock_.Now(), options_.settle);
    if (action.kind == Action::Kind::kUnload) {
      state->retired.push_back({name, action.version, entry.loaded.at(action.version)});
      entry.table.Find(action.version)->state = VersionState::kUnloading;
      entry.loaded.erase(action.version);
      PublishState(*state);
    }
    if (action.kind != Action::Kind::kLoad) return action;
    KnownVersion& version = *entry.table.Find(action.version);
    job = {{name, version.version, version.path}, version.files};
    if (!version.available()) {
      version.state = VersionState::kLoading;
      PublishState(*state);
    }
  }
  const SteadyTime start = clock_.Now();
  Result<VersionPtr> loaded = Error{Code::kInternal, ""};
  if (auto thrown = Attempt([&] { loaded = LoadOne(job, stop); })) loaded = *std::move(thrown);
  FinishLoad(job, std::move(loaded), clock_.Now() - start);
  return action;
}

Result<VersionPtr> Lifecycle::LoadOne(const Job& job, const std::stop_token& stop) {
  if (auto whole = CheckWhole(job.place.path); !whole) return whole.error();
  if (options_.trial) {
    if (auto passed = options_.trial(job.place, stop); !passed) return passed.error();
  }
  auto loaded = predictor::Load(engine_, job.place, options_.load, clock_);
  if (!loaded) return loaded.error();
  if (ListFiles(job.place.path).stamps != job.files) {
    return Error{Code::kUnavailable, "its files changed while it was loaded"};
  }
  return VersionPtr(std::make_shared<const Version>(*std::move(loaded), metrics_, clock_, log_));
}

void Lifecycle::FinishLoad(const Job& job, Result<VersionPtr> loaded,
                           std::chrono::duration<double> seconds) {
  auto state = state_.lock();
  const auto found = state->entries.find(job.place.name);
  KnownVersion* const known =
      found == state->entries.end() ? nullptr : found->second.table.Find(job.place.version);
  if (known == nullptr) return;  // a new configuration does not name it
  Entry& entry = found->second;
  KnownVersion& version = *known;
  const bool served = version.available();
  std::string error = loaded ? "" : loaded.error().message;
  std::vector<FileStamp> tried = job.files;
  if (loaded) {
    VersionPtr& slot = entry.loaded[version.version];
    if (slot) state->retired.push_back({job.place.name, version.version, slot});
    slot = *loaded;
    version.state = VersionState::kAvailable;
  } else if (!served) {
    version.state = VersionState::kEnd;
  }
  version.tried = std::move(tried);
  version.again = false;
  version.error = std::move(error);
  PointLabels(entry.table);
  PublishState(*state);
  const std::int64_t number = job.place.version;
  if (!loaded) {
    log_.Error(served ? "changed version refused; it serves on as it was" : "version refused",
               {{"predictor", job.place.name}, {"version", number}, {"reason", version.error}});
    return;
  }
  const std::string& warning = (*loaded)->predictor().warning();
  metrics::Set(*(*loaded)->metrics().load_seconds, seconds.count());
  log_.Info(served ? "version serves anew" : "version serves",
            {{"predictor", job.place.name},
             {"version", number},
             {"load_ms", static_cast<int>(seconds.count() * 1000)},
             {"run_us", (*loaded)->run_cost_at_load().count() / 1000},
             {"contract", ContractStateName((*loaded)->predictor().contract_state())}});
  for (const std::string& clause : (*loaded)->predictor().assumed()) {
    log_.Warning("assumed: " + clause, {{"predictor", job.place.name}, {"version", number}});
  }
  if (!warning.empty()) {
    log_.Warning(warning, {{"predictor", job.place.name}, {"version", number}});
  }
}

bool Lifecycle::Free() {
  std::vector<Retired> free;
  bool left = false;
  {
    auto state = state_.lock();
    auto& retired = state->retired;
    // A count of 1 cannot grow: whoever could copy it is gone.
    const auto held = std::stable_partition(
        retired.begin(), retired.end(), [](const Retired& one) { return one.ptr.use_count() > 1; });
    free.assign(std::make_move_iterator(held), std::make_move_iterator(retired.end()));
    retired.erase(held, retired.end());
    left = !retired.empty();
    for (const Retired& one : free) {
      const auto entry = state->entries.find(one.name);
      KnownVersion* version =
          entry == state->entries.end() ? nullptr : entry->second.table.Find(one.version);
      if (version == nullptr || version->state != VersionState::kUnloading) continue;
      version->state = VersionState::kEnd;
      version->error.clear();
      log_.Info("version unloaded", {{"predictor", one.name}, {"version", one.version}});
    }
    if (!free.empty()) PublishState(*state);
  }
  if (!free.empty()) {
    free.clear();    // without the lock
    malloc_trim(0);  // a model leaves holes all over the heap
  }
  return left;
}

std::vector<std::string> Lifecycle::PredictorNames() {
  auto state = state_.lock();
  std::vector<std::string> names;
  for (const auto& [name, entry] : state->entries) names.push_back(name);
  return names;
}

void Lifecycle::Publish(predictor::Loaded loaded) {
  auto version = std::make_shared<const Version>(std::move(loaded), metrics_, clock_, log_);
  const auto lock = state_.lock();
  std::vector<ServedPredictor> predictors(1);
  predictors[0].name = version->predictor().name();
  predictors[0].versions.push_back({version->predictor().version(), std::move(version), ""});
  published_.Publish(std::make_shared<const Catalog>(std::move(predictors), ""));
}

CanaryRunPtr Lifecycle::CanaryOf(const Entry& entry, const State& state) {
  const VersionTable& table = entry.table;
  const auto label = table.labels.find(kCanaryLabel);
  const auto stable = DefaultVersion(table, PolicyOf(table.name, state));
  if (!table.canary || !stable || label == table.labels.end()) {
    canaries_.Unwatch(table.name);
    return nullptr;
  }
  return canaries_.Watch({.predictor = table.name,
                          .config = *table.canary,
                          .stable = entry.loaded.at(*stable),
                          .canary = entry.loaded.at(label->second)},
                         table.folder);
}

void Lifecycle::PublishState(State& state) {
  std::vector<ServedPredictor> predictors;
  for (const auto& [name, entry] : state.entries) {
    predictors.push_back(Snapshot(entry.table, entry.loaded, PolicyOf(name, state)));
    predictors.back().canary = CanaryOf(entry, state);
  }
  published_.Publish(std::make_shared<const Catalog>(
      std::move(predictors), Catalog::Options{.default_name = options_.default_name,
                                              .loading = state.loading,
                                              .notes = {state.notes.begin(), state.notes.end()}}));
}

}  // namespace credence::serving
