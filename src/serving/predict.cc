#include "serving/predict.h"

#include <algorithm>
#include <utility>

#include "predictor/tensor_input.h"
#include "serving/shadow.h"

namespace credence::serving {
namespace {

constexpr std::size_t kPicturesPerTurn = 64;
// The canary is shown nothing while more than this waits for the compute pool.
constexpr std::size_t kShadowQueueMax = 32;
constexpr std::chrono::milliseconds kShadowWorkMax{20};

PoolOptions OfPool(const ExecutionOptions& options) {
  return {.first_lane = options.lanes.io,
          .threads = options.lanes.compute,
          .pictures_max = options.compute_pictures_max};
}

void Count(const Work& work) {
  if (!work.reply.version) return;
  Tally& tally = work.reply.version->tally();
  tally.Asked(work.request.received);
  const auto answers = work.reply.answers.all();
  if (work.reply.error || (answers.size() == 1 && answers[0].error)) tally.Failed();
}

Arrival ArrivalOf(const Request& request) {
  return {.pictures = request.inputs.size(), .deadline = request.deadline - request.received};
}

}  // namespace

Core::Core(const ExecutionOptions& execution, const PublishedCatalog& catalog,
           metrics::Metrics& counted, const Clock& time)
    : options(execution),
      published(catalog),
      metrics(counted),
      clock(time),
      pool(OfPool(execution), decode_costs, time) {}

Submitter::Submitter(int lane, Core& core, std::function<void()> wake)
    : core_(core),
      index_(lane),
      lane_(lane, core.decode_costs, core.clock),
      catalog_(core.published),
      mailbox_(std::make_shared<Mailbox>(std::move(wake))) {
  state_.pictures_max = core.options.queue_pictures_max;
}

Submitter::~Submitter() {
  mailbox_->Close();
  waiting_.clear();
  state_.pictures = 0;
  ReportDepth();
}

void Submitter::Predict(std::unique_ptr<Work> work) {
  work->reply.Clear();
  const Selector& selector = work->request.selector;
  auto version = catalog().Find(selector.predictor, selector.version, selector.label);
  if (!version) return Fail(std::move(work), version.error());
  work->reply.version = *std::move(version);
  MeetCanary(*work);
  const model::ModelInfo& info = work->reply.version->predictor().model_info();
  if (auto split = predictor::SplitRows(info, kRowsMax, work->request.inputs); !split) {
    return Fail(std::move(work), split.error());
  }
  work->cost = Estimate(*work);
  if (work->cost <= core_.options.lanes.inline_cost_max && work->reply.version->runner(index_)) {
    SubmitInline(std::move(work));
  } else {
    SubmitToPool(std::move(work));
  }
}

void Submitter::MeetCanary(Work& work) {
  const Selector& selector = work.request.selector;
  if (selector.version || !selector.label.empty()) return;
  const auto* served = catalog().FindPredictor(work.reply.version->predictor().name());
  if (served != nullptr && served->canary != nullptr) EnterCanary(served->canary, index_, work);
}

std::chrono::nanoseconds Submitter::Estimate(const Work& work) const {
  const Version& version = *work.reply.version;
  const auto inputs = work.request.inputs.all();
  // Inline as it was measured at load, so that one slow run sends nothing to the pool.
  std::chrono::nanoseconds cost =
      (version.runner(index_) ? version.run_cost_at_load() : version.run_cost().Get()) *
      static_cast<int>(inputs.size());
  for (const predictor::Input& input : inputs) {
    if (const auto* picture = std::get_if<predictor::EncodedPicture>(&input)) {
      cost += core_.decode_costs.Estimate(picture->file, version.predictor().decode_limits());
    }
  }
  return cost;
}

void Submitter::SubmitInline(std::unique_ptr<Work> work) {
  const Refusal refusal = Admit(state_, ArrivalOf(work->request));
  if (refusal != Refusal::kNone) return Refuse(std::move(work), refusal, state_);
  state_.pictures += work->request.inputs.size();
  state_.work += work->cost;
  inline_body_bytes_ = std::max(inline_body_bytes_, work->request.body_bytes);
  waiting_.push_back(std::move(work));
}

void Submitter::SubmitToPool(std::unique_ptr<Work> work) {
  work->home = mailbox_;
  const Refusal refusal = core_.pool.Submit(work);
  if (refusal != Refusal::kNone) Refuse(std::move(work), refusal, core_.pool.state());
}

void Submitter::Refuse(std::unique_ptr<Work> work, Refusal refusal, const QueueState& queue) {
  metrics::Increment(core_.metrics.Rejected(RefusalName(refusal)));
  const Error error = RefusalError(refusal, queue, ArrivalOf(work->request));
  Fail(std::move(work), error);
}

void Submitter::Fail(std::unique_ptr<Work> work, Error error) {
  work->home.reset();
  work->reply.error = std::move(error);
  Deliver(std::move(work));
}

void Submitter::Deliver(std::unique_ptr<Work> work) {
  Work& self = *work;
  std::unique_ptr<Work> shadow = LeaveCanary(index_, core_.clock, self);
  self.Deliver();
  Count(self);
  if (!self.reply.error) {
    const VersionMetrics& metrics = self.reply.version->metrics();
    for (std::size_t i = 0; i < metrics::kPhases; ++i) {
      metrics::Observe(*metrics.phases[i], self.reply.timings[i]);
    }
  }
  self.reply.version.reset();
  self.Release(std::move(work));
  if (shadow != nullptr) SubmitShadow(std::move(shadow));
}

// Waiting shadows count as work that waits: they must not have others refused.
void Submitter::SubmitShadow(std::unique_ptr<Work> shadow) {
  const QueueState queue = core_.pool.state();
  shadow->cost = Estimate(*shadow);
  shadow->home = mailbox_;
  if (queue.pictures <= kShadowQueueMax && queue.work <= kShadowWorkMax &&
      core_.pool.Submit(shadow) == Refusal::kNone) {
    return;
  }
  shadow->home.reset();
  shadow->reply.error = Error{Code::kResourceExhausted, "no time to show it to the canary"};
  shadow->Deliver();
}

bool Submitter::Flush() {
  catalog_.Get();  // an idle thread, too, lets go of versions that are not served any more
  const SteadyTime end = core_.clock.Now() + core_.options.slice;
  std::size_t next = 0;
  while (next < waiting_.size()) {
    std::size_t pictures = 0;
    std::chrono::nanoseconds cost{0};
    while (next < waiting_.size() && pictures < kPicturesPerTurn) {
      std::unique_ptr<Work>& work = waiting_[next++];
      pictures += work->request.inputs.size();
      cost += work->cost;
      turn_.push_back(std::move(work));
    }
    lane_.Execute(turn_);
    state_.pictures -= pictures;
    state_.work -= cost;
    for (auto& work : turn_) Deliver(std::move(work));
    turn_.clear();
    if (core_.clock.Now() >= end) break;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(next));
  ReportDepth();
  return !waiting_.empty();
}

void Submitter::Receive() {
  mailbox_->Take(received_);
  for (auto& work : received_) Deliver(std::move(work));
  received_.clear();
}

std::optional<Error> Submitter::Overloaded(std::uint64_t body_bytes) {
  const QueueState queue = body_bytes > inline_body_bytes_ ? core_.pool.state() : state_;
  const Arrival one{.pictures = 1, .deadline = core_.options.deadline};
  const Refusal refusal = Admit(queue, one);
  if (refusal == Refusal::kNone) return std::nullopt;
  metrics::Increment(core_.metrics.Rejected(RefusalName(refusal)));
  return RefusalError(refusal, queue, one);
}

void Submitter::ReportDepth() {
  if (state_.pictures == reported_depth_) return;
  core_.inline_depth +=
      static_cast<std::int64_t>(state_.pictures) - static_cast<std::int64_t>(reported_depth_);
  reported_depth_ = state_.pictures;
}

}  // namespace credence::serving
