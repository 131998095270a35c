#include <chrono>
#include <string>

#include "http/connection.h"

namespace credence::http {
namespace {

constexpr std::chrono::seconds kKeptBody{1};   // a buffer for bodies, while there is no request
constexpr std::chrono::seconds kRateGrace{5};  // body_rate_min is judged after this

}  // namespace

void Connection::Sweep(SteadyTime now) {
  Contain([&] { SweepLate(now); });
}

void Connection::SweepLate(SteadyTime now) {
  const bool late = now >= deadline_;
  const bool waits = state_ == State::kIdle || state_ == State::kHead;
  if (waits && now - since_ >= kKeptBody) ReleaseBody();
  switch (state_) {
    case State::kIdle:
    case State::kSkipping:
      return SweepIdle(now);
    case State::kHead:
      if (late) Refuse(408, "request_timeout", "the header took longer than its deadline");
      return;
    case State::kBody:
      return SweepBody(now);
    case State::kWriting:
    case State::kLingering:
      if (late) Close();
      return;
    case State::kHandling:
      if (stream_.HasEnded()) gone_.store(true, std::memory_order_relaxed);
      return;
    case State::kClosed:
      return;
  }
}

void Connection::SweepIdle(SteadyTime now) {
  if (now < deadline_ && !(loop_->draining() && now - since_ >= kDrainIdle)) return;
  if (state_ == State::kSkipping || (reading_ && !stream_.HasUnread())) Linger();
}

void Connection::SweepBody(SteadyTime now) {
  const ServerOptions& options = loop_->options();
  const std::chrono::duration<double> taken = now - since_;
  if (now >= deadline_) {
    Refuse(408, "request_timeout",
           "the body took longer than " + std::to_string(options.body_deadline.count()) + " ms");
  } else if (taken >= kRateGrace &&
             static_cast<double>(body_received_) <
                 taken.count() * static_cast<double>(options.body_rate_min)) {
    Refuse(408, "request_timeout",
           "the body arrives at less than " + std::to_string(options.body_rate_min) +
               " bytes a second");
  }
}

}  // namespace credence::http
