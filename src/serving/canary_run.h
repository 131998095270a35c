// CanaryRun is one comparison in progress: of two loaded versions of a predictor, on the requests
// that name neither a version nor a label.
//
//   Choose    who answers a request
//   Observe   what was answered, when it is delivered
//
// Hot path: nothing but the lane's own counters. shadow.h is how a submitting thread uses it.
// Threads: each lane's Choose, Observe and Skip are one thread's at a time; Close and Status are
// any
//          thread's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "serving/canary.h"
#include "serving/canary_json.h"
#include "serving/comparison.h"
#include "serving/request.h"
#include "serving/version.h"

namespace credence::serving {

// What is compared.
struct CanarySubject {
  std::string predictor;
  CanaryConfig config;
  VersionPtr stable, canary;  // both loaded
};

class CanaryRun {
 public:
  // `lanes`: of submitting threads, >= 1. `seed`: of what goes by chance. `since`: now.
  CanaryRun(const CanarySubject& subject, int lanes, std::uint64_t seed, WallTime since);

  // Whether these very versions are compared, in this way.
  bool IsOf(const CanarySubject& subject) const;

  bool IsStable(const VersionPtr& version) const {
    return !stable_.owner_before(version) && !version.owner_before(stable_);
  }

  // `key`: the request's, empty if it has none. kStable once it is closed.
  Route Choose(int lane, std::string_view key);
  bool shadow() const { return config_.shadow; }
  // nullptr: it was unloaded.
  VersionPtr canary() const { return canary_.lock(); }

  // A reply to a request of split traffic. `latency`: from its receipt to its delivery.
  void Observe(int lane, Side side, const Request& request, const Reply& reply,
               std::chrono::nanoseconds latency);
  // The stable version's reply in shadow, and the canary's to the same inputs. Inputs that the
  // canary could not be shown in time are skipped. REQUIRES: as many answers as inputs in `stable`.
  struct Seen {
    Observation observation;
    int label = -1;         // index of the class, if the model has classes; -1: an error
    bool overload = false;  // an error that says nothing of the version
  };
  static std::vector<Seen> See(const Reply& reply);
  void ObserveShadow(int lane, const std::vector<Seen>& stable, const Reply& canary);
  void Skip(int lane, std::uint64_t inputs) { comparison_.Skip(lane, inputs); }

  // From now on every request goes to the stable version.
  void Close() { closed_.store(true, std::memory_order_relaxed); }
  // Without an end.
  CanaryStatus Status() const;

  // Bytes of inputs that wait for the canary in shadow, of all lanes; kept by shadow.cc.
  std::atomic<std::size_t>& shadow_bytes() { return shadow_bytes_; }

 private:
  struct alignas(64) Chance {  // one lane's
    Random random;
  };

  const std::string predictor_;
  const CanaryConfig config_;
  const std::string salt_;  // "digits/4"
  const std::weak_ptr<const Version> stable_, canary_;
  const std::int64_t stable_number_, canary_number_;
  const WallTime since_;
  const std::vector<int> same_class_;  // index of a stable class -> the canary's, or -1
  std::vector<Chance> chances_;
  Comparison comparison_;
  std::atomic<bool> closed_{false};
  std::atomic<std::size_t> shadow_bytes_{0};
};

using CanaryRunPtr = std::shared_ptr<CanaryRun>;

}  // namespace credence::serving
