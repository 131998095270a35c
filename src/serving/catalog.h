// Catalog is what is served at one moment: an immutable snapshot that requests read without a lock.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/labels.h"
#include "serving/version.h"
#include "serving/version_table.h"

namespace credence::serving {

struct ServedVersion {
  std::int64_t number = 1;
  VersionPtr version;  // null: it does not serve
  std::string error;   // why it was refused, or why its changed files were
  VersionState state = VersionState::kAvailable;
  bool wanted = true;  // by policy, label or operator
};

// "serving", "refused", "loading", "unloading"; "waiting": it is to be loaded; "unloaded": it is on
// disk and nobody wants it.
std::string_view StateWord(const ServedVersion& version);
inline constexpr std::array<std::string_view, 6> kStateWords = {"serving",   "refused", "loading",
                                                                "unloading", "waiting", "unloaded"};

class CanaryRun;

struct ServedPredictor {
  // Values of `default_version` besides a version's number.
  static constexpr std::int64_t kHighest = -1;
  static constexpr std::int64_t kNone = 0;

  std::string name;
  std::vector<ServedVersion> versions;      // highest first
  Labels labels = {};                       // each to a version that serves
  std::int64_t default_version = kHighest;  // what answers when a request names no version
  // What requests that name no version take part in; null: there is no canary.
  std::shared_ptr<CanaryRun> canary = {};

  // The version that answers when a request names none; nullptr if none does.
  const Version* latest() const;
};

enum class ReadyWhen {
  kDefault,  // the default predictor serves; without a default: any does
  kAll,      // each predictor serves
};

// Immutable.
class Catalog {
 public:
  struct Options {
    std::string default_name;  // empty: the only predictor, if there is only one
    bool loading = false;      // what was found at start has not all been tried yet
    // What the last look at the repository passed over, or could not do: one sentence each.
    std::vector<std::string> notes = {};
  };

  Catalog() : Catalog({}, Options{.default_name = {}, .loading = true}) {}
  Catalog(std::vector<ServedPredictor> predictors, Options options);
  Catalog(std::vector<ServedPredictor> predictors, std::string default_name)
      : Catalog(std::move(predictors), Options{.default_name = std::move(default_name)}) {}

  // Finds by name (empty: the default) and number or version label (neither: the one that answers
  // by default). Allocates only for an error.
  // Errors: kNotFound naming what there is; kUnavailable - nothing is served yet or the version was
  //         refused; kInvalidArgument - no name given and there is no default.
  Result<VersionPtr> Find(std::string_view name, std::optional<std::int64_t> number,
                          std::string_view label = {}) const;

  // The predictor of that name; nullptr if there is none.
  const ServedPredictor* FindPredictor(std::string_view name) const;

  const std::vector<ServedPredictor>& predictors() const { return predictors_; }
  // The default predictor's name; empty if there is none.
  const std::string& default_name() const { return default_name_; }
  const std::vector<std::string>& notes() const { return notes_; }
  // Whether requests can be answered. Errors: kUnavailable - the reason why not.
  Result<void> Ready(ReadyWhen when) const;

 private:
  std::string Names() const;
  Error NoDefault() const;

  std::vector<ServedPredictor> predictors_;  // sorted by name
  std::string default_name_;
  std::vector<std::string> notes_;
  bool loading_ = false;
};

// Why `predictor` answers no request that names no version. REQUIRES: latest() is nullptr.
std::string WhyNotReady(const ServedPredictor& predictor);

using CatalogPtr = std::shared_ptr<const Catalog>;

}  // namespace credence::serving
