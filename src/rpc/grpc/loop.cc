#include "rpc/grpc/loop.h"

#include <grpcpp/alarm.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/check.h"
#include "rpc/grpc/server_call.h"

namespace credence::rpc {
namespace {

// How many clients' calls may arrive in one turn.
constexpr int kAwaitedCalls = 64;
constexpr int kEventsPerTurn = 256;
constexpr std::size_t kFreeMax = 256;

// Wakes the loop. Its tag has no call.
struct Bell {
  ServerCall::Tag tag;
  grpc::Alarm alarm;
};

}  // namespace

Loop::Loop(int index, const ServerOptions& options, const Clock& clock,
           grpc::AsyncGenericService& service, std::unique_ptr<grpc::ServerCompletionQueue> queue)
    : index_(index),
      options_(options),
      clock_(clock),
      service_(service),
      queue_(std::move(queue)) {}

Loop::~Loop() = default;

void Loop::SetHandler(std::unique_ptr<Handler> handler) {
  handler_ = std::move(handler);
  methods_ = handler_->Methods();
  for (const Method& method : methods_) {
    CREDENCE_CHECK(by_name_.emplace(method.name, &method).second);
  }
}

const Method* Loop::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

void Loop::Accept() {
  if (closing_.load(std::memory_order_acquire)) return;
  if (free_.empty()) {
    std::make_shared<ServerCall>(*this)->Accept();
    return;
  }
  const std::shared_ptr<ServerCall> call = std::move(free_.back());
  free_.pop_back();
  call->Accept();
}

void Loop::Began(ServerCall& call) {
  call.place = open_.size();
  open_.push_back(&call);
  calls_open_.fetch_add(1, std::memory_order_relaxed);
}

void Loop::Ended(std::shared_ptr<ServerCall> call, bool cut_off) {
  open_.back()->place = call->place;
  open_[call->place] = open_.back();
  open_.pop_back();
  if (cut_off && clock_.Now() >= drain_deadline_.load()) answered_all_ = false;
  // Whoever works on it, besides the two here, still has its views.
  if (call.use_count() > 2) {
    late_.push_back(std::move(call));
  } else {
    Reuse(std::move(call));
  }
  // Last, so that who sees no call open finds what the calls held given back.
  calls_open_.fetch_sub(1, std::memory_order_release);
}

void Loop::Reuse(std::shared_ptr<ServerCall> call) {
  if (call->admitted().counted) handler_->OnEnd(*call);
  call->Reset();
  if (free_.size() < kFreeMax) free_.push_back(std::move(call));
}

void Loop::Run() {
  for (int i = 0; i < kAwaitedCalls; ++i) Accept();
  bool more = false;
  int events = 0;
  next_tick_ = clock_.Now() + kTickPeriod;
  // By the clock that gRPC itself waits by, and once a turn: each event would read three clocks.
  const gpr_timespec at_once = gpr_inf_past(GPR_CLOCK_MONOTONIC);
  gpr_timespec wake = NextWake();
  for (;;) {
    void* tag = nullptr;
    bool ok = false;
    const auto next = queue_->AsyncNext(&tag, &ok, more || handed_over_ ? at_once : wake);
    if (next == grpc::CompletionQueue::SHUTDOWN) break;
    if (next == grpc::CompletionQueue::GOT_EVENT) {
      auto* const arrived = static_cast<ServerCall::Tag*>(tag);
      if (arrived->call != nullptr) {
        arrived->call->On(arrived->event, ok);
      } else {
        delete reinterpret_cast<Bell*>(arrived);  // NOLINT: the tag is its first member
        OnBell();
      }
      if (++events < kEventsPerTurn) continue;
    }
    events = 0;
    if (std::exchange(handed_over_, false) || more) more = handler_->TurnEnd();
    if (const SteadyTime now = clock_.Now(); now >= next_tick_) Tick(now);
    wake = NextWake();
  }
  handler_.reset();
  for (const auto& call : late_) call->Reset();  // what is late now is destroyed, not delivered
  late_.clear();
  free_.clear();
}

gpr_timespec Loop::NextWake() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - clock_.Now());
  const auto wait =
      std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(1), kTickPeriod);
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_millis(wait.count(), GPR_TIMESPAN));
}

void Loop::Tick(SteadyTime now) {
  next_tick_ = now + std::min(handler_->Tick(), kTickPeriod);
  handed_over_ = true;  // an idle handler, too, has its turn now and then
  Sweep(now);
}

void Loop::Sweep(SteadyTime now) {
  const auto done = std::stable_partition(late_.begin(), late_.end(),
                                          [](const auto& call) { return call.use_count() > 1; });
  for (auto call = done; call != late_.end(); ++call) Reuse(std::move(*call));
  late_.erase(done, late_.end());
  // Ending a call does not take it out of the list: that happens when its events have come.
  for (ServerCall* call : open_) {
    if (call->TooSlow(now)) call->CutOff();
    if (draining()) call->EndIdleStream();
  }
}

void Loop::Wake() {
  if (bell_rung_.exchange(true)) return;
  RingBell();
}

void Loop::RingBell() {
  auto open = open_queue_.lock();
  if (!*open) return;
  auto* const bell = new Bell;
  bell->alarm.Set(queue_.get(), gpr_time_0(GPR_CLOCK_MONOTONIC), &bell->tag);
}

void Loop::OnBell() {
  bell_rung_ = false;
  if (closing_.load(std::memory_order_acquire)) {
    auto open = open_queue_.lock();
    if (std::exchange(*open, false)) queue_->Shutdown();
    return;
  }
  handler_->Woken();
  if (draining() && !std::exchange(streams_ended_, true)) Sweep(clock_.Now());
}

void Loop::BeginDrain(SteadyTime deadline) {
  drain_deadline_ = deadline;
  draining_.store(true, std::memory_order_release);
  Wake();
}

void Loop::Close() {
  closing_.store(true, std::memory_order_release);
  // A bell that was rung before may have been heard already: this one is not left out.
  bell_rung_ = true;
  RingBell();
}

}  // namespace credence::rpc
