// A request, its reply, and the work in between: the one way to predict, whatever the protocol.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/recycled.h"
#include "base/result.h"
#include "metrics/metrics.h"
#include "predictor/answer.h"
#include "predictor/input.h"
#include "serving/canary.h"
#include "serving/version.h"

namespace credence::serving {

// Which version is to answer: by number, by version label, or the highest that is served.
struct Selector {
  std::string predictor;  // empty: the default
  std::optional<std::int64_t> version;
  std::string label;  // of a version, e.g. "stable"; empty: none. Not both a number and a label.

  void Clear();
};

enum class RequestClass { kInteractive, kBatch };  // heavy work of kBatch waits behind kInteractive

// What is asked.
struct Request {
  Selector selector;
  Recycled<predictor::Input> inputs;  // at least one
  bool explain = false;               // whether predictions are to have an explanation
  bool outputs = false;               // whether answers are to have the model's own outputs
  std::uint64_t body_bytes = 0;       // as it came; 0: not known
  SteadyTime received;
  SteadyTime deadline;
  RequestClass request_class = RequestClass::kInteractive;
  std::string key;  // whose request it is, for a sticky canary; empty: not said

  // Forgets the last values, keeping the buffers.
  void Clear();
};

// What is answered.
struct Reply {
  std::optional<Error> error;           // of the request as a whole; then there are no answers
  VersionPtr version;                   // who answered; set unless it was not found
  Recycled<predictor::Answer> answers;  // one an input: a prediction, or an error
  metrics::PhaseTimes timings{};        // the writer of the answer adds its own phase

  void Clear();
};

class CanaryRun;
class Mailbox;

// A request's part in the comparison of two versions; see shadow.h.
struct CanaryPass {
  std::shared_ptr<CanaryRun> run;  // nullptr: none
  Route route = Route::kStable;
};

// A request on its way. Whoever works on it owns it: the submitter, a lane, the pool, a mailbox.
// A submitter derives from it what it needs to write the answer, and what keeps the bytes of
// encoded pictures alive.
class Work {
 public:
  virtual ~Work() = default;

  // Called on the thread that is to run it, if it is `unread`: adds request.inputs, at least one.
  // An error is the request's. Takes its memory from the budget that its submitter gave it.
  virtual Result<void> Read() { return {}; }
  // Set once nobody waits for the reply any more; nullptr: nobody tells. Any thread reads it.
  virtual const std::atomic<bool>* gone() const { return nullptr; }
  // Called once, on the submitting thread: the reply is complete. It may add to reply.timings.
  virtual void Deliver() = 0;
  // Called after Deliver, on the same thread. `self` is this: whoever reuses works keeps it.
  virtual void Release(std::unique_ptr<Work> self) { self.reset(); }

  Request request;
  Reply reply;

  // Whether Read is still to be called: reading takes long. Set by whoever submits it.
  bool unread = false;

  // Kept by the submitter and the pool.
  std::chrono::nanoseconds cost{0};  // estimated, of what is left to do
  std::size_t prepared = 0;          // inputs that have been prepared
  std::shared_ptr<Mailbox> home;     // set while the pool works on it
  Work* next_arrived = nullptr;      // the mailbox's
  CanaryPass canary;
};

}  // namespace credence::serving
