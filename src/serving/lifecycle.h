// Lifecycle loads what the repository holds and publishes it as a Catalog.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "metrics/metrics.h"
#include "predictor/load.h"
#include "serving/catalog.h"
#include "serving/repository.h"

namespace credence::serving {

struct RepositoryOptions {
  std::filesystem::path models;
  VersionPolicy versions;
  std::string default_name;  // empty: the only one
  predictor::LoadOptions load;
};

// Thread-safe: one thread loads, others read.
class Lifecycle {
 public:
  Lifecycle(RepositoryOptions options, const model::Engine& engine, const Clock& clock, Log& log,
            metrics::Metrics& metrics);

  // Loads and self-tests every planned version and publishes the result. A version that fails is
  // refused with the reason, and others are served.
  // Errors: kNotFound - no model there, or the default is not among them; the first refusal when
  //         nothing at all can be served.
  Result<void> LoadAll();

  // Publishes a predictor that was made elsewhere as the only one.
  void Publish(std::shared_ptr<predictor::Predictor> predictor);

  // What is served now; never null.
  CatalogPtr catalog() const { return catalog_.load(std::memory_order_acquire); }
  // Grows with every publication: a thread keeps its CatalogPtr until this changes, so that a
  // request touches no shared count.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  ServedPredictor LoadPredictor(const FoundPredictor& found);
  ServedVersion LoadOne(const FoundPredictor& found, const FoundVersion& version);
  // Gives the predictor its metrics, and a voice to its drift detector.
  void Attach(predictor::Predictor& predictor);
  void Store(CatalogPtr catalog);

  const RepositoryOptions options_;
  const model::Engine& engine_;
  const Clock& clock_;
  Log& log_;
  metrics::Metrics& metrics_;
  std::atomic<CatalogPtr> catalog_{std::make_shared<const Catalog>()};
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace credence::serving
