// The loader from its start on: the first round, and what it does after a failure of its own.
#include <algorithm>
#include <utility>

#include "base/contain.h"
#include "base/processors.h"
#include "base/thread_role.h"
#include "serving/lifecycle.h"

namespace credence::serving {
namespace {

void EnterLoader() { EnterThread("loader", ThreadRole::kBackground); }

// Calls `task` for 0 .. n-1, on as many threads as there are cores; returns when all are done.
// `task` throws nothing.
void ForEachInParallel(std::size_t n, const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next{0};
  const std::size_t threads =
      std::min<std::size_t>(n, static_cast<std::size_t>(UsableProcessors()));
  const auto work = [&] {
    for (std::size_t i = next++; i < n; i = next++) task(i);
  };
  std::vector<std::jthread> loaders;
  const auto failed = Attempt([&] {
    for (std::size_t t = 0; t < threads; ++t) {
      loaders.emplace_back([&] {
        EnterLoader();
        work();
      });
    }
  });
  if (failed) work();  // the system gives no further thread
}

}  // namespace

void Lifecycle::Start(std::function<void(Result<void>)> started) {
  loader_ = std::jthread([this, started = std::move(started)](const std::stop_token& stop) {
    Run(stop, started);
    ended_.set_value();
  });
}

bool Lifecycle::StopWithin(std::chrono::milliseconds limit) {
  if (!loader_.joinable()) return true;
  loader_.request_stop();
  return end_.wait_for(limit) == std::future_status::ready;
}

void Lifecycle::Stop() {
  if (!loader_.joinable()) return;
  loader_.request_stop();
  loader_.join();
}

void Lifecycle::Run(const std::stop_token& stop, const std::function<void(Result<void>)>& started) {
  EnterLoader();
  for (;;) {
    const auto thrown = Attempt([&] { FirstRound(stop); });
    if (!thrown || stop.stop_requested()) break;
    Recover(*thrown, stop);
  }
  if (stop.stop_requested()) return;
  Result<void> checked;
  if (auto thrown = Attempt([&] { checked = CheckStart(); })) checked = *std::move(thrown);
  started(checked);
  if (!checked) return;
  SteadyTime next = clock_.Now();
  while (!stop.stop_requested()) {
    const auto thrown = Attempt([&] { next = Tick(stop); });
    if (thrown) {
      Recover(*thrown, stop);
    } else if (waker_.WaitUntil(stop, next)) {
      look_due_ = true;
    }
  }
}

void Lifecycle::Recover(const Error& error, const std::stop_token& stop) {
  log_.Error("the loader failed; it goes on", {{"reason", error.message}});
  waker_.WaitUntil(stop, clock_.Now() + kRecoverPeriod);
  look_due_ = true;
  unpublished_ = true;
}

void Lifecycle::FirstRound(const std::stop_token& stop) {
  const SteadyTime give_up = clock_.Now() + options_.start_wait;
  for (;;) {
    Look();
    const std::vector<std::string> names = PredictorNames();
    std::vector<SteadyTime> again(names.size());
    ForEachInParallel(names.size(), [&](std::size_t i) {
      again[i] = SteadyTime::max();
      if (const auto thrown = Attempt([&] { again[i] = Work(names[i], stop); })) {
        log_.Error("the loader failed; it goes on",
                   {{"predictor", names[i]}, {"reason", thrown->message}});
        unpublished_ = true;
      }
    });
    const SteadyTime next =
        again.empty() ? SteadyTime::max() : *std::min_element(again.begin(), again.end());
    if (stop.stop_requested() || next == SteadyTime::max() || clock_.Now() >= give_up) break;
    waker_.WaitUntil(stop, std::min(next, give_up));
  }
  auto state = state_.lock();
  state->loading = false;
  PublishState(*state);
}

Result<void> Lifecycle::CheckStart() {
  auto state = state_.lock();
  std::error_code ignored;
  if (options_.wait_for_models && options_.poll.count() > 0 &&
      (!state->configured.sources.empty() || std::filesystem::exists(options_.models, ignored))) {
    return {};
  }
  const auto& entries = state->entries;
  if (entries.empty() && state->look_error) return *state->look_error;
  if (std::none_of(entries.begin(), entries.end(),
                   [](const auto& entry) { return entry.second.table.Serves(); })) {
    for (const auto& [name, entry] : entries) {
      for (const KnownVersion& one : entry.table.versions) {
        if (!one.error.empty()) {
          return Error{Code::kFailedPrecondition, name + ": " + one.error};
        }
      }
    }
    return Error{Code::kNotFound,
                 "no version in " + Place(*state) + " is one that --versions asks for"};
  }
  const std::string& wanted = options_.default_name;
  if (!wanted.empty() && !entries.contains(wanted)) {
    return Error{Code::kNotFound,
                 "the default predictor \"" + wanted + "\" is not in " + Place(*state)};
  }
  return {};
}

}  // namespace credence::serving
