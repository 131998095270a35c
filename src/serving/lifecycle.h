// Lifecycle loads what the repository holds and publishes it as a Catalog.
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "metrics/metrics.h"
#include "predictor/load.h"
#include "serving/catalog.h"
#include "serving/published_catalog.h"
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
  void Publish(predictor::Loaded loaded);

  const PublishedCatalog& published() const { return published_; }

 private:
  ServedPredictor LoadPredictor(const FoundPredictor& found);
  ServedVersion LoadOne(const FoundPredictor& found, const FoundVersion& version);

  const RepositoryOptions options_;
  const model::Engine& engine_;
  const Clock& clock_;
  Log& log_;
  metrics::Metrics& metrics_;
  PublishedCatalog published_;
};

}  // namespace credence::serving
