// Predict is the one way in: a request becomes a reply, whatever protocol asked.
//
//   resolve   predictor and version -> the version that answers, pinned
//   admit     cost and deadline -> yes, or a refusal at once; nothing ever waits for a place
//   run       small requests on the submitting thread, in batches of what one turn of its event
//             loop brought; heavy ones in the compute pool
//   observe   metrics, and the observers of the version
//   deliver   exactly once, on the submitting thread
//
// A protocol reads a request and writes a reply. It does not count predictions, admit or touch
// lanes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "metrics/metrics.h"
#include "serving/compute_pool.h"
#include "serving/lane.h"
#include "serving/mailbox.h"
#include "serving/published_catalog.h"
#include "serving/request.h"

namespace credence::serving {

struct ExecutionOptions {
  predictor::Lanes lanes{.io = 1, .compute = 1};
  std::chrono::nanoseconds slice = std::chrono::milliseconds(2);  // inline work before I/O again
  std::size_t queue_pictures_max = 1024;                          // waiting, an I/O thread
  std::size_t compute_pictures_max = 256;                         // waiting for the compute pool
  std::chrono::milliseconds deadline{1000};                       // of a request that brings none
  ByteBudget* memory = nullptr;  // of parsing and decoding; outlives the core; nullptr: no limit
};

// What the submitting threads share. Thread-safe. The references outlive it.
class Core {
 public:
  Core(const ExecutionOptions& options, const PublishedCatalog& published,
       metrics::Metrics& metrics, const Clock& clock);

  const ExecutionOptions options;
  const PublishedCatalog& published;
  metrics::Metrics& metrics;
  const Clock& clock;
  DecodeCosts decode_costs;
  ComputePool pool;
  std::atomic<std::int64_t> inline_depth{0};  // inputs that wait on submitting threads
};

// One submitting thread's way to predict. Confined to its thread, but for what says otherwise.
class Submitter {
 public:
  // `lane`: 0 .. lanes.io - 1. `wake` may be called on any thread, until the destructor has
  // returned: it has to make this thread call Receive soon.
  Submitter(int lane, Core& core, std::function<void()> wake);
  // What is on its way is not delivered any more.
  ~Submitter();

  // Delivers now (not found, refused, out of memory), at a later Flush, or at a later Receive.
  // REQUIRES: inputs, received and deadline are set.
  void Predict(std::unique_ptr<Work> work);

  // At the end of a turn: runs and delivers what waits, for about one slice. Returns whether some
  // is left. Called now and then on an idle thread, too: it lets go of an outdated catalog.
  bool Flush();
  // Delivers what the compute pool has done.
  void Receive();

  // The catalog in force, for whoever describes it on this thread.
  const Catalog& catalog() { return catalog_.Get(); }
  // The refusal of a request whose body, of `body_bytes`, is not read yet; nullopt if it may well
  // be admitted. Looks at the queue that a body of this size would go to: that of this thread if
  // one as large has gone there before. Counts what it refuses.
  std::optional<Error> Overloaded(std::uint64_t body_bytes);

 private:
  std::chrono::nanoseconds Estimate(const Work& work) const;
  // For a request that names no version: its part in the comparison of a canary.
  void MeetCanary(Work& work);
  // Accepts it, which takes `work`, or returns why not. It may throw and leaves `work` then.
  std::optional<Error> Enter(std::unique_ptr<Work>& work);
  std::optional<Error> SubmitInline(std::unique_ptr<Work>& work);
  std::optional<Error> SubmitToPool(std::unique_ptr<Work>& work);
  Error Refuse(const Work& work, Refusal refusal, const QueueState& queue);
  void SubmitShadow(std::unique_ptr<Work> shadow);
  void Fail(std::unique_ptr<Work> work, Error error);
  void Deliver(std::unique_ptr<Work> work);
  void ReportDepth();

  Core& core_;
  const int index_;
  Lane lane_;
  CatalogReader catalog_;
  const std::shared_ptr<Mailbox> mailbox_;
  std::vector<std::unique_ptr<Work>> waiting_, turn_;
  QueueState state_;
  std::uint64_t inline_body_bytes_ = 64 << 10;  // the largest body that went to this thread's queue
  std::size_t reported_depth_ = 0;
};

}  // namespace credence::serving
