#include "serving/lifecycle.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
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
  published_.Publish(std::make_shared<const Catalog>(std::move(predictors), wanted));
  return {};
}

ServedPredictor Lifecycle::LoadPredictor(const FoundPredictor& found) {
  ServedPredictor served{found.name, {}};
  const VersionPlan plan = PlanVersions(found.versions, options_.versions);
  std::size_t loaded = 0;
  for (const std::size_t i : plan.candidates) {
    if (loaded == plan.serve_max) break;
    served.versions.push_back(LoadOne(found, found.versions[i]));
    if (served.versions.back().version) ++loaded;
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
  const auto served = std::make_shared<const Version>(*std::move(loaded), metrics_, clock_, log_);
  const predictor::Predictor& predictor = served->predictor();
  metrics::Set(*served->metrics().load_seconds, seconds.count());
  log_.Info("version serves",
            {{"predictor", found.name},
             {"version", number},
             {"load_ms", std::to_string(static_cast<int>(seconds.count() * 1000))},
             {"run_us", std::to_string(served->run_cost_at_load().count() / 1000)}});
  if (!predictor.warning().empty()) {
    log_.Warning(predictor.warning(), {{"predictor", found.name}, {"version", number}});
  }
  return {version.version, served, ""};
}

void Lifecycle::Publish(predictor::Loaded loaded) {
  auto version = std::make_shared<const Version>(std::move(loaded), metrics_, clock_, log_);
  std::vector<ServedPredictor> predictors(1);
  predictors[0].name = version->predictor().name();
  predictors[0].versions.push_back({version->predictor().version(), std::move(version), ""});
  published_.Publish(std::make_shared<const Catalog>(std::move(predictors), ""));
}

}  // namespace credence::serving
