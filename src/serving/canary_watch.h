// CanaryWatch holds the comparison of each predictor that has a canary, and moves the labels when
// the gate says so.
//
// The loader tells it what is served, and puts the CanaryRun that it gets into the catalog. It
// calls CheckGates now and then: the gate never runs on the hot path. A comparison begins anew when
// the stable version, the canary or the configuration changes, also when one of the two was loaded
// anew.
//
// Threads: Status and Names are any thread's; the rest is the loader thread's.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "serving/canary_run.h"
#include "serving/label_file.h"

namespace credence::serving {

// Moves a label of a predictor, or removes it, in the running server. Called on the loader thread,
// without a lock held; may call back. Its error is logged, and it is tried again at the next check.
using MoveLabel = std::function<Result<void>(const std::string& predictor, const LabelChange&)>;

inline constexpr std::chrono::seconds kGatePeriod{1};

class CanaryWatch {
 public:
  // `lanes`: of submitting threads. `clock` and `log` outlive it.
  CanaryWatch(int lanes, MoveLabel move, const Clock& clock, Log& log);

  // Before a catalog is published, for each predictor with a canary: the comparison to put into it.
  // nullptr: the gate has decided, or both are one version. `folder`: that of the versions,
  // where predictor.json lies; empty: labels are moved in memory only.
  CanaryRunPtr Watch(const CanarySubject& subject, const std::filesystem::path& folder);
  // For each predictor without one. What was found last can still be asked for.
  void Unwatch(const std::string& predictor);

  // Asks the gate of each comparison, and acts on what it says: `stable` becomes the canary, or the
  // canary gets no more traffic; then the label `canary` goes. Written to predictor.json, too;
  // where that fails a warning says so. Returns whether it is to be called again, in kGatePeriod.
  bool CheckGates();

  // The comparison in progress, or the last one; nullopt: there was none.
  std::optional<CanaryStatus> Status(const std::string& predictor);

 private:
  struct Entry {
    CanaryRunPtr run;
    std::filesystem::path folder;
    bool watched = true;
    std::optional<CanaryStatus> last = {};  // set: it has ended so
    bool done = false;                      // it has ended, and no label is left to move
    std::string complaint = {};             // the last that was logged
  };
  using Entries = std::map<std::string, Entry>;

  // Those that the gate has decided on, and whose labels are not moved yet.
  std::vector<std::string> Decided();
  void Act(const std::string& predictor);
  void Complain(const std::string& predictor, const std::string& reason);  // once for each reason

  const int lanes_;
  const MoveLabel move_;
  const Clock& clock_;
  Log& log_;
  Guarded<Entries> entries_;
};

}  // namespace credence::serving
