// ComputePool runs heavy work on threads of lower priority, so that it does not delay small
// requests. It owns what it was given until it is delivered.
//
// Overload:   Submit refuses at once by serving/admission.h.
// Batches:    when all threads are busy, works that wait for one model run together.
// Turns:      a work of many inputs goes behind what waits after each 50 ms of preparing them, so
//             that it holds up nobody for long.
// Completion: accepted work goes to its mailbox exactly once; what still waits when the pool is
//             destroyed is answered kUnavailable.
// Threads:    thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "serving/admission.h"
#include "serving/cost.h"
#include "serving/lane.h"
#include "serving/request.h"

namespace credence::serving {

struct PoolOptions {
  int first_lane = 0;  // lanes first_lane … first_lane + threads - 1
  int threads = 1;
  std::size_t pictures_max = 256;  // that may wait
  ByteBudget* memory = nullptr;    // of decoding; outlives the pool; nullptr: no limit
};

class ComputePool {
 public:
  // The references outlive it. Throws when the system gives no memory or no thread.
  ComputePool(const PoolOptions& options, DecodeCosts& costs, const Clock& clock);
  ~ComputePool();  // finishes what runs

  // Takes the work, or says why not and leaves it. REQUIRES: home and cost are set.
  // Throws std::bad_alloc, leaving it, when there is no memory for its place in the queue.
  Refusal Submit(std::unique_ptr<Work>& work);
  QueueState state() const;

 private:
  using Queue = BoundedQueue<std::unique_ptr<Work>, 2>;  // levels: RequestClass

  using Batch = std::vector<std::unique_ptr<Work>>;

  // `batch`: empty, with room, so that a thread needs no memory to take work.
  void RunThread(int thread, Batch batch);
  // Adds to `batch` what can run together with its first work.
  void Gather(Batch& batch);
  // Leaves the work when it returns false or throws std::bad_alloc.
  bool Enqueue(std::unique_ptr<Work>& work);
  void Started(const Work& work);
  bool GoesBehind(Lane& lane, std::atomic<SteadyTime>& free_at, std::unique_ptr<Work>& work);
  bool AllBusy() const;
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

  const PoolOptions options_;
  DecodeCosts& costs_;
  const Clock& clock_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> pictures_{0};  // that wait
  std::atomic<std::int64_t> work_ns_{0};  // estimated, of those
  // When each thread will be free, by the estimate; SteadyTime::max() while it has nothing to do.
  std::vector<std::atomic<SteadyTime>> free_at_;
  Queue queue_;
  std::vector<std::jthread> threads_;
};

}  // namespace credence::serving
