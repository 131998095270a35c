// Lifecycle is the life of the versions: it looks at the repository, loads and unloads, and
// publishes what serves as a Catalog.
//
//   look at the disk -> VersionTable -> NextAction -> load or unload -> new Catalog
//
// What is decided stands in version_table.h, as pure functions. One thread, "loader", acts: it
// looks every `poll`, and at once on Poke. It also frees what was unloaded, once the last request
// has let it go. At the start several threads load, a predictor each.
//
// Threads: thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/result.h"
#include "base/waker.h"
#include "metrics/metrics.h"
#include "predictor/load.h"
#include "serving/canary_watch.h"
#include "serving/catalog.h"
#include "serving/model_source.h"
#include "serving/published_catalog.h"
#include "serving/repository.h"
#include "serving/version_policy.h"
#include "serving/version_table.h"

namespace credence::serving {

struct RepositoryOptions {
  std::filesystem::path models = {};
  VersionPolicy versions = {};
  // What is served instead of what `models` holds, if there are any; names are distinct.
  std::vector<ModelSource> sources = {};
  std::string default_name = {};  // empty: the only one
  std::vector<LabelFlag> labels = {};
  // How often to look at the repository; 0: at the start and on Poke only.
  std::chrono::milliseconds poll{1000};
  // How long files must be unchanged before they are loaded. Raised: slower copies are waited for.
  std::chrono::milliseconds settle{500};
  // How long the start waits for files that are being copied.
  std::chrono::milliseconds start_wait{5000};
  // Whether a repository that is there, but with nothing to serve, is waited for.
  bool wait_for_models = false;
  predictor::LoadOptions load = {};
  // Called before a version is loaded; its error refuses the version. It may take long, and ends
  // soon after `stop` is requested. Empty: every version is loaded at once.
  std::function<Result<void>(const predictor::VersionPlace& place, const std::stop_token& stop)>
      trial = {};
};

class Lifecycle {
 public:
  Lifecycle(RepositoryOptions options, const model::Engine& engine, const Clock& clock, Log& log,
            metrics::Metrics& metrics);
  ~Lifecycle();  // as Stop

  // Starts the loader. It calls `started` once, when it has tried every version that it found, or
  // with the reason why nothing can be served; then it ends.
  // Errors of `started`: kNotFound - no model there, or the default is not among them; the first
  //   refusal when nothing at all can be served.
  void Start(std::function<void(Result<void>)> started);

  // Begins no more loads. Returns at once.
  void RequestStop() { loader_.request_stop(); }
  // The same, and waits until the load that is under way and the loader have ended.
  void Stop();
  // The same, for at most `limit`. Returns whether they have.
  bool StopWithin(std::chrono::milliseconds limit);

  // Looks at the repository at once. Safe to call from any thread at any time.
  void Poke() { waker_.Wake(); }

  // What operators ask for; the loader acts on it, the catalog shows when it is done.
  // Load wants a version besides what the policy wants, also one that was refused or unloaded.
  // Unload does not want it, until it is asked for again or the server is started anew.
  // Reload loads anew although no file has changed; `version` nullopt: all that serve.
  // They look at the disk when they do not know the version.
  // Errors: kNotFound - there is no such predictor or version; kFailedPrecondition - it is not
  //         loaded, its files are gone, or a label points to it.
  Result<void> Load(std::string_view predictor, std::int64_t version);
  Result<void> Unload(std::string_view predictor, std::int64_t version);
  Result<void> Reload(std::string_view predictor, std::optional<std::int64_t> version);
  // Whether a version that was asked for serves, true, or is still to be loaded, false.
  // Errors: kNotFound - there is no such version; kFailedPrecondition - its load failed, with the
  //         reason; it is not wanted any more.
  Result<bool> Settled(std::string_view predictor, std::int64_t version);
  // Points a label at a version, or takes it away; the new catalog is published when they return.
  // It holds until predictor.json changes or the server ends.
  // Errors: kInvalidArgument - no label; kNotFound - no such predictor or label;
  //         kFailedPrecondition - the version is not available.
  Result<void> SetLabel(std::string_view predictor, std::string_view label, std::int64_t version);
  Result<void> RemoveLabel(std::string_view predictor, std::string_view label);

  // Serves what `wanted` names from now on: what it does not name is taken out of the catalog, new
  // predictors are loaded, those that are named again serve on while their versions change. Looks
  // at the disk.
  // Errors: kFailedPrecondition - a label would move to a version that is not available; a label
  //         that is new to its predictor waits instead. Then nothing has changed.
  // REQUIRES: at least one source.
  Result<void> Configure(Configuration wanted);
  // Whether any version of a predictor serves, true, or one is still to be loaded, false.
  // Errors: kNotFound - there is no version on disk; kFailedPrecondition - none could be loaded,
  //         with the reason.
  Result<bool> Settled(std::string_view predictor);

  // Publishes a predictor that was made elsewhere as the only one.
  void Publish(predictor::Loaded loaded);

  const PublishedCatalog& published() const { return published_; }
  CanaryWatch& canaries() { return canaries_; }

  // One round of the loader: looks if that is due, does what is to be done, frees what nobody
  // holds. Returns when to call it again. The loader calls it; tests do instead of Start.
  SteadyTime Tick(const std::stop_token& stop);

 private:
  // When something was lacking, such as memory, the loader tries again after so long.
  static constexpr std::chrono::milliseconds kRecoverPeriod{1000};

  struct Entry {
    VersionTable table;
    std::map<std::int64_t, VersionPtr> loaded;
  };
  // Out of the catalog; freed once nobody else holds it.
  struct Retired {
    std::string name;
    std::int64_t version = 0;
    VersionPtr ptr;
  };
  struct State {
    std::map<std::string, Entry, std::less<>> entries;
    std::vector<Retired> retired;
    std::set<std::string> notes;      // of the last look, already logged
    std::optional<Error> look_error;  // of the last look
    bool loading = true;              // until what was found at the start has been tried
    Configuration configured;         // no sources: what the folder of models holds
  };
  struct Job {  // a version to load
    predictor::VersionPlace place;
    std::vector<FileStamp> files;
  };

  // The loader's body.
  void Run(const std::stop_token& stop, const std::function<void(Result<void>)>& started);
  // After what it has thrown: tells it, waits a moment, and has all looked at and published again.
  void Recover(const Error& error, const std::stop_token& stop);
  // Tries every version that is there at the start.
  void FirstRound(const std::stop_token& stop);
  // Whether the start may be called one.
  Result<void> CheckStart();

  // Looks at the disk and enters what it finds. Returns whether all could be read.
  bool Look();
  // Where `models`, or the sources, are.
  std::string Place(const State& state) const;
  const VersionPolicy& PolicyOf(std::string_view predictor, const State& state) const;
  // Returns what people should know about labels.
  std::vector<std::string> EnterLook(const Found& found,
                                     const std::map<std::string, Result<PredictorFile>>& files,
                                     State& state);
  static Entry& EntryOf(const std::string& name, State& state);
  Result<void> CheckLabels(const std::vector<LabelFlag>& labels, const State& state) const;
  void DropEntry(const std::string& name, State& state);
  // Logs what was not said after the last look, and publishes all of it.
  void Say(const std::vector<std::string>& notes, State& state);

  // Does what is next for one predictor; returns what that was.
  Action Step(const std::string& name, const std::stop_token& stop);
  // Does all that can be done now for one predictor; returns when to look at it again.
  SteadyTime Work(const std::string& name, const std::stop_token& stop);
  Result<VersionPtr> LoadOne(const Job& job, const std::stop_token& stop);
  void FinishLoad(const Job& job, Result<VersionPtr> loaded, std::chrono::duration<double> seconds);
  // Frees what nobody else holds; returns whether some is left.
  bool Free();
  std::vector<std::string> PredictorNames();
  bool Knows(std::string_view predictor, std::int64_t version);
  // The comparison that the predictor's requests take part in; nullptr: none.
  CanaryRunPtr CanaryOf(const Entry& entry, const State& state);
  void PublishState(State& state);

  const RepositoryOptions options_;
  const model::Engine& engine_;
  const Clock& clock_;
  Log& log_;
  metrics::Metrics& metrics_;
  Guarded<State> state_;
  PublishedCatalog published_;    // written with state_ locked
  Guarded<std::uint64_t> looks_;  // so many; one at a time, so that none enters what is outdated
  std::atomic<bool> look_due_{true};
  std::atomic<bool> unpublished_{false};  // something may have changed without a new catalog
  CanaryWatch canaries_;
  SteadyTime next_look_{};  // confined to who calls Tick
  Waker waker_;
  std::promise<void> ended_;  // of the loader
  std::future<void> end_ = ended_.get_future();
  std::jthread loader_;
};

}  // namespace credence::serving
