// Live is the server's present and its last hour, for GET /v1/live: a thread of its own counts
// every second; whoever asks gets what it has.
//
// What is counted are the questions, of every protocol: requests to routes that answer a GET
// (health, metrics, descriptions, the page) are left out. Threads: thread-safe.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "api/live/history.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/waker.h"
#include "metrics/metrics.h"
#include "serving/published_catalog.h"

namespace credence::api::live {

class Live {
 public:
  // The references outlive it.
  Live(const metrics::Metrics& metrics, const serving::PublishedCatalog& published,
       const Clock& clock);

  // A thread that counts every second, until it is destroyed: before what the gauges of the metrics
  // read.
  [[nodiscard]] std::jthread Start();
  // Counts now.
  void Record();

  // Leaves requests to these routes out from now on.
  void LeaveOut(const std::vector<std::string_view>& routes);

  // Calls `read` with the history, which does not change meanwhile.
  void Read(const std::function<void(const History&)>& read);
  WallTime started() const { return started_; }

 private:
  Totals Count();

  const metrics::Metrics& metrics_;
  const serving::PublishedCatalog& published_;
  const Clock& clock_;
  const WallTime started_;
  Guarded<std::set<std::string, std::less<>>> left_out_;
  Guarded<History> history_;
  Waker waker_;  // nobody wakes it: it waits for the next second, or the end
};

}  // namespace credence::api::live
