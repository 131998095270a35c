// Catalog is what is served at one moment: an immutable snapshot that requests read without a lock.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/version.h"

namespace credence::serving {

struct ServedVersion {
  std::int64_t number = 1;
  VersionPtr version;  // null: it was refused
  std::string error;   // why it was refused
};

class CanaryRun;

struct ServedPredictor {
  std::string name;
  std::vector<ServedVersion> versions;  // highest first
  // What requests that name no version take part in; null: there is no canary.
  std::shared_ptr<CanaryRun> canary = {};

  // The highest version that is served; null if none.
  const Version* latest() const;
};

// Immutable.
class Catalog {
 public:
  Catalog() = default;  // nothing is served yet
  // `default_name` empty: the only predictor is the default, if there is only one.
  Catalog(std::vector<ServedPredictor> predictors, std::string default_name);

  // Finds by name (empty: the default) and number (nullopt: the highest served).
  // Errors: kNotFound naming what there is; kUnavailable - nothing is served yet or the version was
  //         refused; kInvalidArgument - no name given and there is no default.
  Result<VersionPtr> Find(std::string_view name, std::optional<std::int64_t> number) const;

  // The predictor of that name; nullptr if there is none.
  const ServedPredictor* FindPredictor(std::string_view name) const;

  const std::vector<ServedPredictor>& predictors() const { return predictors_; }
  // The default predictor's name; empty if there is none.
  const std::string& default_name() const { return default_name_; }
  // Every predictor has a served version, and there is one.
  bool ready() const;

 private:
  Error NotThere(std::string_view name) const;

  std::vector<ServedPredictor> predictors_;
  std::string default_name_;
};

using CatalogPtr = std::shared_ptr<const Catalog>;

}  // namespace credence::serving
