#include "serving/execution.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace credence::serving {
namespace {

constexpr std::size_t kPicturesPerTurn = 64;
constexpr int kComputeNice = 10;

}  // namespace

// Measured on one core (bench/, decode rates): 4 ns a pixel for JPEG and PNM up to 20 for PNG and
// WebP, framing included; the estimate only decides inline or pool, so one rate serves.
std::chrono::nanoseconds EstimateDecode(image::Bytes file, const image::DecodeLimits& limits) {
  constexpr std::int64_t kNanosecondsPerPixel = 15;
  const auto header = image::ReadHeader(file, limits);
  if (!header) return std::chrono::nanoseconds(0);
  return std::chrono::nanoseconds(kNanosecondsPerPixel * header->width * header->height);
}

void Lane::Execute(std::span<Job* const> jobs) {
  const SteadyTime start = clock_.Now();
  groups_.clear();
  for (Job* job : jobs) {
    const bool late = start > job->deadline;
    for (predictor::Picture& picture : job->pictures()) {
      picture.phases[static_cast<std::size_t>(metrics::Phase::kQueue)] = start - job->submitted;
      if (late) {
        picture.error =
            Error{Code::kDeadlineExceeded, "the request waited longer than its deadline"};
      } else {
        job->predictor->Prepare(picture, workspace_);
      }
    }
    if (std::find(groups_.begin(), groups_.end(), job->predictor.get()) == groups_.end()) {
      groups_.push_back(job->predictor.get());
    }
  }
  for (const predictor::Predictor* predictor : groups_) {
    ready_.clear();
    for (Job* job : jobs) {
      if (job->predictor.get() != predictor) continue;
      for (predictor::Picture& picture : job->pictures()) {
        if (!picture.error) ready_.push_back(&picture);
      }
    }
    RunGroup(*predictor);
  }
}

void Lane::RunGroup(const predictor::Predictor& predictor) {
  std::span<predictor::Picture* const> rest(ready_);
  while (!rest.empty()) {
    const auto n = std::min(rest.size(), static_cast<std::size_t>(predictor.batch_max()));
    predictor.Run(rest.first(n), index_);
    predictor.Watch(rest.first(n), index_);
    if (predictor.metrics().batch_size != nullptr) {
      metrics::Observe(*predictor.metrics().batch_size, static_cast<double>(n));
    }
    rest = rest.subspan(n);
  }
}

ComputePool::ComputePool(const ExecutionOptions& options, const Clock& clock)
    : options_(options), clock_(clock), queue_(options.compute_pictures_max) {
  for (int i = 0; i < options_.compute_threads; ++i) {
    threads_.emplace_back([this, i] { Work(options_.io_threads + i); });
  }
}

ComputePool::~ComputePool() { queue_.Close(); }

QueueState ComputePool::state() const {
  return {
      .pictures = pictures_.load(),
      .pictures_max = options_.compute_pictures_max,
      .work = std::chrono::nanoseconds(work_ns_.load() / std::max(1, options_.compute_threads))};
}

Refusal ComputePool::Submit(Job& job) {
  const QueueState queue = state();
  // A job that is larger than the queue may have an empty one.
  if (queue.pictures > 0 || job.count <= queue.pictures_max) {
    const Refusal refusal =
        Admit(queue, {.pictures = job.count, .deadline = job.deadline - job.submitted});
    if (refusal != Refusal::kNone) return refusal;
  }
  pictures_ += job.count;
  work_ns_ += job.cost.count();
  Job* taken = &job;
  if (queue_.TryPush(taken)) return Refusal::kNone;
  pictures_ -= job.count;
  work_ns_ -= job.cost.count();
  return Refusal::kQueueFull;
}

void ComputePool::Work(int lane_index) {
  pthread_setname_np(pthread_self(), ("compute-" + std::to_string(lane_index)).c_str());
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kComputeNice);
  Lane lane(lane_index, clock_);
  while (std::optional<Job*> job = queue_.Pop()) {
    pictures_ -= (*job)->count;
    const std::int64_t cost = (*job)->cost.count();
    lane.Execute({&*job, 1});
    work_ns_ -= cost;
    (*job)->PostComplete();
  }
}

Executor::Executor(int lane, const ExecutionOptions& options, ComputePool& pool, const Clock& clock)
    : options_(options), pool_(pool), clock_(clock), lane_(lane, clock) {
  state_.pictures_max = options.queue_pictures_max;
}

std::optional<Error> Executor::Submit(Job& job) {
  job.cost = job.predictor->run_cost() * static_cast<int>(job.count);
  for (const predictor::Picture& picture : job.pictures()) {
    if (!picture.file.empty()) {
      job.cost += EstimateDecode(picture.file, job.predictor->decode_limits());
    }
  }
  const Arrival arrival{.pictures = job.count, .deadline = job.deadline - job.submitted};
  if (job.cost > options_.inline_cost_max) {
    const Refusal refusal = pool_.Submit(job);
    if (refusal == Refusal::kNone) return std::nullopt;
    return RefusalError(refusal, pool_.state(), arrival);
  }
  const Refusal refusal = Admit(state_, arrival);
  if (refusal != Refusal::kNone) return RefusalError(refusal, state_, arrival);
  waiting_.push_back(&job);
  state_.pictures += job.count;
  state_.work += job.cost;
  depth_.store(state_.pictures, std::memory_order_relaxed);
  return std::nullopt;
}

bool Executor::Flush() {
  const SteadyTime end = clock_.Now() + options_.slice;
  std::size_t next = 0;
  while (next < waiting_.size()) {
    turn_.clear();
    std::size_t pictures = 0;
    std::chrono::nanoseconds work{0};
    while (next < waiting_.size() && pictures < kPicturesPerTurn) {
      Job* job = waiting_[next++];
      turn_.push_back(job);
      pictures += job->count;
      work += job->cost;
    }
    lane_.Execute(turn_);
    state_.pictures -= pictures;
    state_.work -= work;
    for (Job* job : turn_) job->Complete();
    if (clock_.Now() >= end) break;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(next));
  depth_.store(state_.pictures, std::memory_order_relaxed);
  return !waiting_.empty();
}

}  // namespace credence::serving
