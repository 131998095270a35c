#include "serving/lifecycle.h"

#include <pthread.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace credence::serving {
namespace {

// Calls `task` for 0 .. n-1, on as many threads as there are cores; returns when all are done.
void ForEachInParallel(std::size_t n, const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next{0};
  const std::size_t threads =
      std::min<std::size_t>(n, std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::jthread> loaders;
  for (std::size_t t = 0; t < threads; ++t) {
    loaders.emplace_back([&] {
      pthread_setname_np(pthread_self(), "loader");
      for (std::size_t i = next++; i < n; i = next++) task(i);
    });
  }
}

}  // namespace

Lifecycle::Lifecycle(RepositoryOptions options, const model::Engine& engine, const Clock& clock,
                     Log& log, metrics::Metrics& metrics)
    : options_(std::move(options)), engine_(engine), clock_(clock), log_(log), metrics_(metrics) {}

Result<void> Lifecycle::LoadAll() {
  auto found = Scan(options_.models);
  if (!found) return found.error();
  std::vector<ServedPredictor> predictors(found->size());
  ForEachInParallel(found->size(),
                    [&](std::size_t i) { predictors[i] = LoadPredictor((*found)[i]); });
  std::erase_if(predictors, [](const ServedPredictor& p) { return p.versions.empty(); });
  const bool any = std::any_of(predictors.begin(), predictors.end(),
                               [](const ServedPredictor& p) { return p.latest() != nullptr; });
  std::optional<Error> first_refusal;
  if (!predictors.empty()) {
    const ServedPredictor& first = predictors.front();
    first_refusal =
        Error{Code::kFailedPrecondition, first.name + ": " + first.versions.front().error};
  }
  if (!any) {
    return first_refusal ? *first_refusal
                         : Error{Code::kNotFound, "no version in " + options_.models.string() +
                                                      " is one that --versions asks for"};
  }
  const std::string& wanted = options_.default_name;
  if (!wanted.empty() && std::none_of(predictors.begin(), predictors.end(),
                                      [&](const auto& p) { return p.name == wanted; })) {
    return Error{Code::kNotFound,
                 "the default predictor \"" + wanted + "\" is not in " + options_.models.string()};
  }
  Store(std::make_shared<const Catalog>(std::move(predictors), wanted));
  return {};
}

ServedPredictor Lifecycle::LoadPredictor(const FoundPredictor& found) {
  ServedPredictor served{found.name, {}};
  const VersionPlan plan = PlanVersions(found.versions, options_.versions);
  std::size_t loaded = 0;
  for (const std::size_t i : plan.candidates) {
    if (loaded == plan.serve_max) break;
    served.versions.push_back(LoadOne(found, found.versions[i]));
    if (served.versions.back().predictor) ++loaded;
  }
  return served;
}

ServedVersion Lifecycle::LoadOne(const FoundPredictor& found, const FoundVersion& version) {
  const std::string number = std::to_string(version.version);
  const SteadyTime start = clock_.Now();
  auto loaded =
      predictor::Load(engine_, {found.name, version.version, version.path}, options_.load, clock_);
  const std::chrono::duration<double> seconds = clock_.Now() - start;
  if (!loaded) {
    log_.Error(
        "version refused",
        {{"predictor", found.name}, {"version", number}, {"reason", loaded.error().message}});
    return {version.version, nullptr, loaded.error().message};
  }
  Attach(**loaded);
  metrics::Set(*(*loaded)->metrics().load_seconds, seconds.count());
  log_.Info("version serves",
            {{"predictor", found.name},
             {"version", number},
             {"load_ms", std::to_string(static_cast<int>(seconds.count() * 1000))},
             {"run_us", std::to_string((*loaded)->run_cost().count() / 1000)}});
  if (!(*loaded)->warning().empty()) {
    log_.Warning((*loaded)->warning(), {{"predictor", found.name}, {"version", number}});
  }
  return {version.version, *std::move(loaded), ""};
}

void Lifecycle::Publish(std::shared_ptr<predictor::Predictor> predictor) {
  Attach(*predictor);
  std::vector<ServedPredictor> predictors(1);
  predictors[0].name = predictor->name();
  predictors[0].versions.push_back({predictor->version(), std::move(predictor), ""});
  Store(std::make_shared<const Catalog>(std::move(predictors), ""));
}

void Lifecycle::Attach(predictor::Predictor& predictor) {
  const std::string name = predictor.name();
  const std::string version = std::to_string(predictor.version());
  predictor.metrics() = metrics_.ForPredictor(name, version);
  if (predictor.drift() == nullptr) return;
  const metrics::DriftMetrics drift = metrics_.ForDrift(name, version);
  predictor.metrics().drift = drift;
  predictor.drift()->OnAlarm([this, name, version, drift](const predictor::DriftAlarm& alarm) {
    metrics::Increment(*drift.alarms, static_cast<double>(alarm.alarms));
    if (!alarm.began) return;
    log_.Warning("inputs drift: they are unlike the calibration data as a whole",
                 {{"predictor", name},
                  {"version", version},
                  {"predictions", std::to_string(alarm.state.predictions)},
                  {"log_evidence", std::to_string(alarm.state.log_evidence)}});
  });
}

void Lifecycle::Store(CatalogPtr catalog) {
  catalog_.store(std::move(catalog), std::memory_order_release);
  generation_.fetch_add(1, std::memory_order_release);
}

}  // namespace credence::serving
