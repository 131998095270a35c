#include "serving/canary_run.h"

#include <algorithm>
#include <utility>

namespace credence::serving {
namespace {

using metrics::Phase;

Outcome OutcomeOf(const predictor::Answer& answer) {
  return answer.error ? Outcome::kError : static_cast<Outcome>(answer.prediction.verdict);
}

// Versions may list the same classes in another order.
std::vector<int> SameClass(const std::vector<std::string>& stable,
                           const std::vector<std::string>& canary) {
  std::vector<int> same;
  for (const std::string& name : stable) {
    const auto at = std::find(canary.begin(), canary.end(), name);
    same.push_back(at == canary.end() ? -1 : static_cast<int>(at - canary.begin()));
  }
  return same;
}

// What the version itself took, without waiting: in shadow the canary waits behind everybody.
std::chrono::nanoseconds OwnTime(const Reply& reply) {
  std::chrono::nanoseconds time{0};
  for (const Phase phase : {Phase::kDecode, Phase::kAdapt, Phase::kInfer, Phase::kAssess}) {
    time += reply.timings[static_cast<std::size_t>(phase)];
  }
  return time;
}

// Errors that say something of the machine's load, and nothing of the version.
bool IsOverload(const Error& error) {
  return error.code == Code::kResourceExhausted || error.code == Code::kUnavailable ||
         error.code == Code::kDeadlineExceeded;
}

}  // namespace

CanaryRun::CanaryRun(const CanarySubject& subject, int lanes, std::uint64_t seed, WallTime since)
    : predictor_(subject.predictor),
      config_(subject.config),
      salt_(subject.predictor + "/" + std::to_string(subject.canary->predictor().version())),
      stable_(subject.stable),
      canary_(subject.canary),
      stable_number_(subject.stable->predictor().version()),
      canary_number_(subject.canary->predictor().version()),
      since_(since),
      same_class_(
          SameClass(subject.stable->predictor().labels(), subject.canary->predictor().labels())),
      comparison_(lanes) {
  for (int i = 0; i < lanes; ++i) {
    chances_.push_back({Random(seed, static_cast<std::uint64_t>(i))});
  }
}

bool CanaryRun::IsOf(const CanarySubject& subject) const {
  return config_ == subject.config && stable_.lock() == subject.stable &&
         canary_.lock() == subject.canary;
}

Route CanaryRun::Choose(int lane, std::string_view key) {
  if (closed_.load(std::memory_order_relaxed)) return Route::kStable;
  Random& chance = chances_[static_cast<std::size_t>(lane)].random;
  return ChooseRoute(config_, key, salt_, chance.Uniform());
}

void CanaryRun::Observe(int lane, Side side, const Request& request, const Reply& reply,
                        std::chrono::nanoseconds latency) {
  if (reply.error) {
    for (std::size_t i = 0; i < request.inputs.size(); ++i) {
      comparison_.Observe(lane, side, {.outcome = Outcome::kError});
    }
    return;
  }
  for (const predictor::Answer& answer : reply.answers.all()) {
    comparison_.Observe(lane, side, {.outcome = OutcomeOf(answer), .latency = latency});
  }
}

std::vector<CanaryRun::Seen> CanaryRun::See(const Reply& reply) {
  const std::chrono::nanoseconds time = OwnTime(reply);
  std::vector<Seen> seen;
  for (const predictor::Answer& answer : reply.answers.all()) {
    seen.push_back({.observation = {.outcome = OutcomeOf(answer), .latency = time},
                    .label = answer.error ? -1 : answer.prediction.label,
                    .overload = answer.error && IsOverload(*answer.error)});
  }
  return seen;
}

void CanaryRun::ObserveShadow(int lane, const std::vector<Seen>& stable, const Reply& canary) {
  if (canary.error) return Skip(lane, stable.size());
  const std::chrono::nanoseconds time = OwnTime(canary);
  for (std::size_t i = 0; i < stable.size(); ++i) {
    const predictor::Answer& answer = canary.answers[i];
    if (stable[i].overload || (answer.error && IsOverload(*answer.error))) {
      Skip(lane, 1);
      continue;
    }
    std::optional<bool> same;
    if (const auto label = static_cast<std::size_t>(stable[i].label);
        label < same_class_.size() && !answer.error) {
      same = same_class_[label] == answer.prediction.label;
    }
    comparison_.ObservePair(lane, stable[i].observation,
                            {.outcome = OutcomeOf(answer), .latency = time}, same);
  }
}

CanaryStatus CanaryRun::Status() const {
  return {.predictor = predictor_,
          .stable = stable_number_,
          .canary = canary_number_,
          .config = config_,
          .since = since_,
          .counts = comparison_.Snapshot(),
          .end = {}};
}

}  // namespace credence::serving
