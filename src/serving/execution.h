// Execution runs admitted requests: small ones inline on their I/O thread, in batches of what one
// turn of its event loop brought; heavy ones on a bounded compute pool.
//
// Overload:   Submit refuses at once by serving/admission.h; nothing ever waits for a place.
// Deadlines:  a job whose deadline is over before it starts is answered kDeadlineExceeded.
// Completion: every accepted job is completed exactly once, on the thread that submitted it.
// Threads:    an Executor is confined to its I/O thread; ComputePool is thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "predictor/predictor.h"
#include "serving/admission.h"
#include "serving/catalog.h"

namespace credence::serving {

// One request's work. Owned by whoever submits; must live until Complete.
class Job {
 public:
  virtual ~Job() = default;
  // On the submitting thread: every picture has a prediction or an error.
  virtual void Complete() = 0;
  // On a compute thread: arranges that Complete is called on the submitting thread.
  virtual void PostComplete() = 0;

  std::span<predictor::Picture> pictures() { return {storage.data(), count}; }

  PredictorPtr predictor;
  std::vector<predictor::Picture> storage;  // kept between requests for its buffers
  std::size_t count = 0;                    // pictures in use
  SteadyTime submitted;
  SteadyTime deadline;
  std::chrono::nanoseconds cost{0};  // estimated, set by Submit
};

struct ExecutionOptions {
  int io_threads = 1;
  int compute_threads = 1;
  std::chrono::nanoseconds inline_cost_max = std::chrono::milliseconds(1);  // above: compute pool
  std::chrono::nanoseconds slice = std::chrono::milliseconds(2);  // inline work before I/O again
  std::size_t queue_pictures_max = 1024;                          // waiting, an I/O thread
  std::size_t compute_pictures_max = 64;                          // waiting in the compute pool
  std::chrono::milliseconds deadline{1000};
};

// Time to decode and adapt a picture, from its header alone; 0 for what is not a picture.
std::chrono::nanoseconds EstimateDecode(image::Bytes file, const image::DecodeLimits& limits);

// Prepares and runs jobs as one lane of their predictors. Confined to its thread.
class Lane {
 public:
  Lane(int index, const Clock& clock) : index_(index), clock_(clock) {}
  // Gives every picture of every job a prediction or an error. Does not complete the jobs.
  void Execute(std::span<Job* const> jobs);

 private:
  void RunGroup(const predictor::Predictor& predictor);

  const int index_;
  const Clock& clock_;
  predictor::Workspace workspace_;
  std::vector<predictor::Picture*> ready_;
  std::vector<const predictor::Predictor*> groups_;
};

// Lanes io_threads … io_threads + compute_threads - 1, each a thread of lower priority, so that
// heavy work does not delay small requests.
class ComputePool {
 public:
  ComputePool(const ExecutionOptions& options, const Clock& clock);
  ~ComputePool();  // finishes what was accepted

  // Takes the job, or says why not.
  Refusal Submit(Job& job);
  QueueState state() const;

 private:
  void Work(int lane);

  const ExecutionOptions options_;
  const Clock& clock_;
  std::atomic<std::size_t> pictures_{0};  // accepted, not yet started
  std::atomic<std::int64_t> work_ns_{0};  // estimated, of those
  BoundedQueue<Job*> queue_;
  std::vector<std::jthread> threads_;
};

// One I/O thread's executor.
class Executor {
 public:
  Executor(int lane, const ExecutionOptions& options, ComputePool& pool, const Clock& clock);

  // Takes the job, to be completed by a later Flush or by the pool; or returns why not.
  // REQUIRES: job.predictor, pictures, submitted and deadline are set.
  std::optional<Error> Submit(Job& job);

  // Runs and completes what waits, for about one slice. Returns whether some is left.
  bool Flush();

  // Waiting now; thread-safe.
  std::size_t depth() const { return depth_.load(std::memory_order_relaxed); }

 private:
  const ExecutionOptions options_;
  ComputePool& pool_;
  const Clock& clock_;
  Lane lane_;
  std::vector<Job*> waiting_;
  std::vector<Job*> turn_;
  QueueState state_;
  std::atomic<std::size_t> depth_{0};
};

}  // namespace credence::serving
