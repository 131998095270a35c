#include "serving/lifecycle.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "base/processors.h"
#include "base/thread_role.h"
#include "serving/whole.h"

namespace credence::serving {
namespace {

// How often what was unloaded is looked at, until nobody holds it.
constexpr std::chrono::milliseconds kFreePeriod{100};

void EnterLoader() { EnterThread("loader", ThreadRole::kBackground); }

// Calls `task` for 0 .. n-1, on as many threads as there are cores; returns when all are done.
void ForEachInParallel(std::size_t n, const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next{0};
  const std::size_t threads =
      std::min<std::size_t>(n, static_cast<std::size_t>(UsableProcessors()));
  std::vector<std::jthread> loaders;
  for (std::size_t t = 0; t < threads; ++t) {
    loaders.emplace_back([&] {
      EnterLoader();
      for (std::size_t i = next++; i < n; i = next++) task(i);
    });
  }
}

Labels FlagsFor(const std::string& name, const std::vector<LabelFlag>& flags) {
  Labels labels;
  for (const LabelFlag& flag : flags) {
    if (flag.predictor == name) labels[flag.label] = flag.version;
  }
  return labels;
}

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
          clock, log) {}

Lifecycle::~Lifecycle() { Stop(); }

void Lifecycle::Start(std::function<void(Result<void>)> started) {
  loader_ = std::jthread(
      [this, started = std::move(started)](const std::stop_token& stop) { Run(stop, started); });
}

void Lifecycle::Stop() {
  if (!loader_.joinable()) return;
  loader_.request_stop();
  loader_.join();
}

void Lifecycle::Run(const std::stop_token& stop, const std::function<void(Result<void>)>& started) {
  EnterLoader();
  FirstRound(stop);
  if (stop.stop_requested()) return;
  const auto checked = CheckStart();
  started(checked);
  if (!checked) return;
  SteadyTime next = clock_.Now();
  while (!stop.stop_requested()) {
    next = Tick(stop);
    if (waker_.WaitUntil(stop, next)) look_due_ = true;
  }
}

void Lifecycle::FirstRound(const std::stop_token& stop) {
  const SteadyTime give_up = clock_.Now() + options_.start_wait;
  for (;;) {
    Look();
    const std::vector<std::string> names = PredictorNames();
    std::vector<SteadyTime> again(names.size());
    ForEachInParallel(names.size(), [&](std::size_t i) { again[i] = Work(names[i], stop); });
    const SteadyTime next =
        again.empty() ? SteadyTime::max() : *std::min_element(again.begin(), again.end());
    if (stop.stop_requested() || next == SteadyTime::max() || clock_.Now() >= give_up) break;
    waker_.WaitUntil(stop, std::min(next, give_up));
  }
  auto state = state_.lock();
  state->loading = false;
  PublishState(*state);
}

Result<void> Lifecycle::CheckStart() {
  auto state = state_.lock();
  std::error_code ignored;
  if (options_.wait_for_models && options_.poll.count() > 0 &&
      (!options_.sources.empty() || std::filesystem::exists(options_.models, ignored))) {
    return {};
  }
  const auto& entries = state->entries;
  if (entries.empty() && state->look_error) return *state->look_error;
  if (std::none_of(entries.begin(), entries.end(),
                   [](const auto& entry) { return entry.second.table.Serves(); })) {
    for (const auto& [name, entry] : entries) {
      for (const KnownVersion& one : entry.table.versions) {
        if (!one.error.empty()) {
          return Error{Code::kFailedPrecondition, name + ": " + one.error};
        }
      }
    }
    return Error{Code::kNotFound, "no version in " + Place() + " is one that --versions asks for"};
  }
  const std::string& wanted = options_.default_name;
  if (!wanted.empty() && !entries.contains(wanted)) {
    return Error{Code::kNotFound, "the default predictor \"" + wanted + "\" is not in " + Place()};
  }
  return {};
}

SteadyTime Lifecycle::Tick(const std::stop_token& stop) {
  const SteadyTime now = clock_.Now();
  if (look_due_.exchange(false) || now >= next_look_) {
    Look();
    next_look_ = options_.poll.count() > 0 ? now + options_.poll : SteadyTime::max();
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

std::string Lifecycle::Place() const {
  return options_.sources.empty() ? options_.models.string() : "the configured models";
}

const VersionPolicy& Lifecycle::PolicyOf(std::string_view predictor) const {
  const auto source = std::find_if(options_.sources.begin(), options_.sources.end(),
                                   [&](const ModelSource& one) { return one.name == predictor; });
  return source == options_.sources.end() ? options_.versions : source->versions;
}

void Lifecycle::Look() {
  auto looks = looks_.lock();
  ++*looks;
  auto scanned = options_.sources.empty() ? Scan(options_.models)
                                          : Result<Found>(ScanSources(options_.sources));
  const Found found = scanned ? *std::move(scanned) : Found{};
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
}

Lifecycle::Entry& Lifecycle::EntryOf(const std::string& name, const RepositoryOptions& options,
                                     State& state) {
  const auto [entry, is_new] = state.entries.try_emplace(name);
  if (is_new) {
    entry->second.table.name = name;
    entry->second.table.label_sources.flags = FlagsFor(name, options.labels);
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
    EntryOf(one.name, options_, state);
    by_name[one.name] = &one;
  }
  for (auto& [name, entry] : state.entries) {
    VersionTable& table = entry.table;
    const VersionTable before = table;
    const auto seen = by_name.find(name);
    Observe(seen == by_name.end() ? nullptr : seen->second, time, table);
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
  for (const LabelFlag& flag : options_.labels) {
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
  state.notes = std::move(said);
}

SteadyTime Lifecycle::Work(const std::string& name, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const Action done = Step(name);
    if (done.kind == Action::Kind::kWait) return done.until;
    if (done.kind == Action::Kind::kNothing) break;
  }
  return SteadyTime::max();
}

Action Lifecycle::Step(const std::string& name) {
  Action action;
  Job job;
  {
    auto state = state_.lock();
    const auto found = state->entries.find(name);
    if (found == state->entries.end()) return {};
    Entry& entry = found->second;
    action = NextAction(entry.table, PolicyOf(name), clock_.Now(), options_.settle);
    if (action.kind == Action::Kind::kUnload) {
      entry.table.Find(action.version)->state = VersionState::kUnloading;
      const auto loaded = entry.loaded.extract(action.version);
      state->retired.push_back({name, action.version, loaded.mapped()});
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
  auto loaded = LoadOne(job);
  FinishLoad(job, std::move(loaded), clock_.Now() - start);
  return action;
}

Result<VersionPtr> Lifecycle::LoadOne(const Job& job) {
  if (auto whole = CheckWhole(job.place.path); !whole) return whole.error();
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
  Entry& entry = state->entries.find(job.place.name)->second;
  KnownVersion& version = *entry.table.Find(job.place.version);
  version.tried = job.files;
  version.again = false;
  version.error = loaded ? "" : loaded.error().message;
  const bool served = version.available();
  if (loaded) {
    version.state = VersionState::kAvailable;
    VersionPtr& slot = entry.loaded[version.version];
    if (slot) state->retired.push_back({job.place.name, version.version, std::move(slot)});
    slot = *loaded;
  } else if (!served) {
    version.state = VersionState::kEnd;
  }
  PointLabels(entry.table);
  PublishState(*state);
  const std::string number = std::to_string(job.place.version);
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
             {"load_ms", std::to_string(static_cast<int>(seconds.count() * 1000))},
             {"run_us", std::to_string((*loaded)->run_cost_at_load().count() / 1000)},
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
      log_.Info("version unloaded",
                {{"predictor", one.name}, {"version", std::to_string(one.version)}});
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

CanaryRunPtr Lifecycle::CanaryOf(const Entry& entry) {
  const VersionTable& table = entry.table;
  const auto label = table.labels.find(kCanaryLabel);
  const auto stable = DefaultVersion(table, PolicyOf(table.name));
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
    predictors.push_back(Snapshot(entry.table, entry.loaded, PolicyOf(name)));
    predictors.back().canary = CanaryOf(entry);
  }
  published_.Publish(std::make_shared<const Catalog>(
      std::move(predictors),
      Catalog::Options{.default_name = options_.default_name, .loading = state.loading}));
}

}  // namespace credence::serving
