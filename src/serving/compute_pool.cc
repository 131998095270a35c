#include "serving/compute_pool.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "base/contain.h"
#include "base/thread_role.h"
#include "serving/mailbox.h"

namespace credence::serving {
namespace {

constexpr SteadyTime kIdle = SteadyTime::max();
// A batch is not longer than this, so that a short work behind it does not wait long.
constexpr std::chrono::milliseconds kBatchCostMax{25};
constexpr std::size_t kBatchWorksMax = 64;  // a batch of a model takes no more inputs

// A work prepares its inputs for so long, then others have their turn.
constexpr std::chrono::milliseconds kTurn{50};

// Inputs that it counts for while it waits; what is unread has one at least.
std::size_t PicturesOf(const Work& work) {
  return std::max<std::size_t>(1, work.request.inputs.size() - work.prepared);
}

// How long it holds up those behind it: all it costs, or a turn if it has several inputs.
std::chrono::nanoseconds TurnCost(const Work& work) {
  const auto one = work.cost / static_cast<std::int64_t>(PicturesOf(work));
  return std::min(work.cost, std::max<std::chrono::nanoseconds>(kTurn, one));
}

void Send(std::unique_ptr<Work> work) {
  const std::shared_ptr<Mailbox> home = std::move(work->home);
  home->Put(std::move(work));
}

// What a version's model costs for this work, without the decoding.
std::chrono::nanoseconds RunCost(const Work& work) {
  return work.reply.version->run_cost().Get() * static_cast<int>(work.request.inputs.size());
}

}  // namespace

ComputePool::ComputePool(const PoolOptions& options, DecodeCosts& costs, const Clock& clock)
    : options_(options),
      costs_(costs),
      clock_(clock),
      free_at_(static_cast<std::size_t>(options.threads)),
      queue_(options.pictures_max + 1) {
  for (auto& free_at : free_at_) free_at = kIdle;
  try {
    for (int i = 0; i < options_.threads; ++i) {
      Batch batch;
      batch.reserve(kBatchWorksMax);  // here, where a want of memory can be told
      threads_.emplace_back(
          [this, i, batch = std::move(batch)]() mutable { RunThread(i, std::move(batch)); });
    }
  } catch (...) {  // those that run wait for work: without a word they would never end
    queue_.Close();
    throw;
  }
}

ComputePool::~ComputePool() {
  stopping_ = true;
  queue_.Close();
}

QueueState ComputePool::state() const {
  QueueState state{.pictures = pictures_.load(),
                   .pictures_max = options_.pictures_max,
                   .work = std::chrono::nanoseconds(work_ns_.load()),
                   .threads = options_.threads};
  const SteadyTime now = clock_.Now();
  for (const auto& thread : free_at_) {
    const SteadyTime free_at = thread.load();
    if (free_at == kIdle) continue;
    // What is late by some time will, for all that is known, take as long again.
    state.running.push_back(std::max(free_at - now, now - free_at));
  }
  return state;
}

bool ComputePool::AllBusy() const {
  return std::none_of(free_at_.begin(), free_at_.end(),
                      [](const auto& free_at) { return free_at.load() == kIdle; });
}

Refusal ComputePool::Submit(std::unique_ptr<Work>& work) {
  const Request& request = work->request;
  const Refusal refusal = Admit(
      state(), {.pictures = PicturesOf(*work), .deadline = request.deadline - request.received});
  if (refusal != Refusal::kNone) return refusal;
  return Enqueue(work) ? Refusal::kNone : Refusal::kQueueFull;
}

bool ComputePool::Enqueue(std::unique_ptr<Work>& work) {
  const std::size_t pictures = PicturesOf(*work);
  const std::int64_t cost = TurnCost(*work).count();
  pictures_ += pictures;
  work_ns_ += cost;
  const auto take_back = [&] {
    pictures_ -= pictures;
    work_ns_ -= cost;
  };
  try {
    if (queue_.TryPush(work, static_cast<std::size_t>(work->request.request_class))) return true;
  } catch (...) {  // no memory for the place in the queue; the work is still the caller's
    take_back();
    throw;
  }
  take_back();
  return false;
}

void ComputePool::RunThread(int thread, Batch batch) {
  const int lane_index = options_.first_lane + thread;
  std::atomic<SteadyTime>& free_at = free_at_[static_cast<std::size_t>(thread)];
  EnterThread("compute-" + std::to_string(lane_index), ThreadRole::kBackground);
  Lane lane(lane_index, costs_, clock_, options_.memory);
  while (auto work = queue_.Pop()) {
    const SteadyTime now = clock_.Now();
    free_at = now + TurnCost(**work);
    Started(**work);
    batch.push_back(*std::move(work));
    Gather(batch);
    std::chrono::nanoseconds cost{0};
    for (const auto& one : batch) cost += TurnCost(*one);
    free_at = now + cost;
    if (!stopping() && batch.size() == 1 && GoesBehind(lane, free_at, batch.front())) {
      batch.clear();
      free_at = kIdle;
      continue;
    }
    if (stopping()) {
      for (const auto& one : batch) {
        one->reply.error = Error{Code::kUnavailable, "server stopping"};  // needs no memory
      }
    } else {
      lane.Execute(batch);
    }
    free_at = kIdle;
    for (auto& one : batch) Send(std::move(one));
    batch.clear();
  }
}

void ComputePool::Started(const Work& work) {
  pictures_ -= PicturesOf(work);
  work_ns_ -= TurnCost(work).count();
}

// Prepares the work's inputs, turn by turn. Returns whether others wait, and it went behind them.
bool ComputePool::GoesBehind(Lane& lane, std::atomic<SteadyTime>& free_at,
                             std::unique_ptr<Work>& work) {
  for (;;) {
    const bool read = !work->unread;
    const auto before = static_cast<std::int64_t>(PicturesOf(*work));
    if (lane.Prepare(*work, clock_.Now() + kTurn)) return false;
    const auto left = static_cast<std::int64_t>(PicturesOf(*work));
    if (read) work->cost = work->cost * left / before;  // else the lane has found out
    bool behind = false;                                // without memory for its place it goes on
    std::ignore = Attempt([&] { behind = !stopping() && pictures_.load() > 0 && Enqueue(work); });
    if (behind) return true;
    free_at = clock_.Now() + TurnCost(*work);
  }
}

// Decoding gains nothing in company and would only keep others waiting: works join as long as the
// model is most of what they cost.
void ComputePool::Gather(Batch& batch) {
  const Version* version = batch.front()->reply.version.get();
  std::size_t room = static_cast<std::size_t>(version->predictor().batch_max());
  std::chrono::nanoseconds cost = batch.front()->cost;
  const auto joins = [&](const std::unique_ptr<Work>& work) {
    return work->reply.version.get() == version && 2 * RunCost(*work) > work->cost &&
           work->request.inputs.size() <= room && cost + work->cost <= kBatchCostMax;
  };
  if (2 * RunCost(*batch.front()) <= cost || batch.front()->request.inputs.size() > room) return;
  room -= batch.front()->request.inputs.size();
  while (AllBusy() && batch.size() < kBatchWorksMax) {
    auto more = queue_.PopIf(joins);
    if (!more) return;
    Started(**more);
    room -= (*more)->request.inputs.size();
    cost += (*more)->cost;
    batch.push_back(*std::move(more));
  }
}

}  // namespace credence::serving
