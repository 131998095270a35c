// VersionTable is what the loader knows about one predictor: its versions on disk and in memory.
//
// The rules of a version's life are pure functions on it, without threads, files or clocks:
//
//   Observe      what a look at the disk found  -> the table
//   Wanted       the versions that are to be served
//   NextAction   the one thing to do next
//   PointLabels  which version each label names, and DefaultVersion which answers without one
//
// Files that change while a look sees them are waited for; a new version loads before an old one
// goes; a version that failed is tried again when its files change; the last version that serves
// stays, even when its files or the whole repository are gone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "serving/labels.h"
#include "serving/repository.h"
#include "serving/version_policy.h"

namespace credence::serving {

// As TensorFlow Serving names them.
enum class VersionState {
  kStart,      // known, not loaded yet
  kLoading,    // being loaded for the first time
  kAvailable,  // serves; it may be loaded anew meanwhile
  kUnloading,  // out of the catalog, waiting for its last request
  kEnd,        // was refused, with `error`; or unloaded, without
};
std::string_view StateName(VersionState state);  // "START", "LOADING", …

struct KnownVersion {
  std::int64_t version = 1;
  VersionState state = VersionState::kStart;
  std::filesystem::path path;
  bool on_disk = true;
  std::vector<FileStamp> files;  // as the last look saw them
  SteadyTime unchanged_since;    // since when looks have seen them so
  // The files of the last load, whether it succeeded or not; nullopt: none was tried.
  std::optional<std::vector<FileStamp>> tried;
  std::string error;  // why the last load failed; empty when it succeeded
  // What an operator asked for.
  bool forced = false;  // to be served besides what the policy wants
  bool held = false;    // not to be served
  bool again = false;   // to be loaded anew although its files are the same

  friend bool operator==(const KnownVersion&, const KnownVersion&) = default;

  bool available() const { return state == VersionState::kAvailable; }
  // Its last load failed, and there is no reason to try again.
  bool failed() const { return !error.empty() && tried == files && !again; }
};

struct VersionTable {
  std::string name = {};
  std::filesystem::path folder = {};        // that of predictor.json; empty: there is none
  std::vector<KnownVersion> versions = {};  // highest first
  LabelSources label_sources = {};
  std::optional<CanaryConfig> canary = {};  // of the last predictor.json that could be read
  Labels labels = {};  // where each label points now: to a version that is available

  KnownVersion* Find(std::int64_t version);
  const KnownVersion* Find(std::int64_t version) const;
  bool Serves() const;  // any version is available

  friend bool operator==(const VersionTable&, const VersionTable&) = default;
};

// Enters what a look found, nullptr when the predictor was not there. Versions that are neither on
// disk nor in memory are forgotten. Of a look that is not `whole`, what is missing is taken to be
// as it was. Files that have not changed for `old_enough` by the disk's own
// clock count as unchanged for that long.
struct LookTime {
  SteadyTime now;
  WallTime wall;
  std::chrono::nanoseconds old_enough = std::chrono::seconds(2);
};
void Observe(const FoundPredictor* found, bool whole, const LookTime& time, VersionTable& table);

// The versions to serve, highest first: those of the policy, those that an operator asked for, and
// those that a label names. Under kLatest a version that failed leaves its place to the next lower
// one. What is not on disk is not wanted, unless a label points to it.
std::vector<std::int64_t> Wanted(const VersionTable& table, const VersionPolicy& policy);

struct Action {
  enum class Kind {
    kNothing,  // until something changes
    kWait,     // until `until`: files have changed just now
    kLoad,     // or load anew, when it is available
    kUnload,
  } kind = Kind::kNothing;
  std::int64_t version = 0;
  SteadyTime until{};

  friend bool operator==(const Action&, const Action&) = default;
};

// `settle`: how long files must be unchanged before they are loaded.
Action NextAction(const VersionTable& table, const VersionPolicy& policy, SteadyTime now,
                  std::chrono::nanoseconds settle);

// The version that answers when a request names none: the one labelled "stable", else the highest
// available that the policy allows. Under kSpecific a version that only a label or an operator
// wants answers no such request.
std::optional<std::int64_t> DefaultVersion(const VersionTable& table, const VersionPolicy& policy);

// Moves each label to the version that its sources name, once that is available; until then it
// stays where it is. Returns a sentence for each label that cannot point where it should.
std::vector<std::string> PointLabels(VersionTable& table);

}  // namespace credence::serving
