// Measures the gate on simulated traffic, with a look after each input: how often it acts wrongly
// when the truth lies exactly on a limit, and how long it takes when the truth is clear of it.
// The figures of docs/decisions/0010-canary-gate.md. Seeded: prints the same on every machine.
//
//   gate_simulation [LIVES]    default: 1000 lives a line
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "reliability/binomial.h"
#include "serving/gate.h"

namespace credence::serving {
namespace {

// True shares. In shadow both versions see the same input, and judge it alike in nine of ten.
struct Truth {
  double stable_reliable = .9, canary_reliable = .9;
  double canary_errors = 0;
  double agreement = 1;
  int repeats = 1;  // each input comes so often: the assumption of independence is broken
};

struct Scenario {
  const char* name;
  const char* config;
  Truth truth;
  int inputs;  // a life
};

Outcome Draw(double u, double reliable) {
  return u < reliable ? Outcome::kReliable : Outcome::kUncertain;
}

std::size_t At(Outcome outcome) { return static_cast<std::size_t>(outcome); }

// Counts input `i` of the life with this seed.
void Live(const CanaryConfig& config, const Truth& truth, std::uint64_t seed, int i,
          ComparisonCounts& counts) {
  const auto drawn = [&](std::uint64_t which) {
    return UniformAt(seed, 8 * static_cast<std::uint64_t>(i / truth.repeats) + which);
  };
  const double u = drawn(0);
  const double other = drawn(1) < .9 ? u : drawn(2);
  const Outcome stable = Draw(u, truth.stable_reliable);
  const bool error = drawn(5) < truth.canary_errors;
  const Outcome canary = error ? Outcome::kError : Draw(other, truth.canary_reliable);
  if (config.shadow) {
    ++counts.sides[0].outcomes[At(stable)];
    ++counts.sides[1].outcomes[At(canary)];
    ++counts.pairs.outcomes[At(stable)][At(canary)];
    if (canary == Outcome::kError) return;
    ++(drawn(3) < truth.agreement ? counts.pairs.same_label : counts.pairs.other_label);
  } else if (ChooseRoute(config, "", "", drawn(4)) == Route::kCanary) {
    ++counts.sides[1].outcomes[At(canary)];
  } else {
    ++counts.sides[0].outcomes[At(stable)];
  }
}

using Rule = std::function<bool(const ComparisonCounts&)>;

// After how many inputs of each life `acts` was first true; only lives in which it was.
std::vector<int> Times(const Scenario& scenario, const CanaryConfig& config, int lives,
                       const Rule& acts) {
  std::vector<int> times;
  for (int life = 0; life < lives; ++life) {
    const std::uint64_t seed = SubSeed(2026, static_cast<std::uint64_t>(life));
    ComparisonCounts counts;
    for (int i = 0; i < scenario.inputs; ++i) {
      Live(config, scenario.truth, seed, i, counts);
      if (!acts(counts)) continue;
      times.push_back(i + 1);
      break;
    }
  }
  std::sort(times.begin(), times.end());
  return times;
}

CanaryConfig Config(const Scenario& scenario) {
  auto config = ParseCanary(nlohmann::json::parse(scenario.config));
  if (config) return *std::move(config);
  std::fprintf(stderr, "%s: %s\n", scenario.name, config.error().message.c_str());
  std::exit(1);
}

void Print(const std::string& name, const Scenario& scenario, int lives,
           const std::vector<int>& times) {
  const reliability::Interval share =
      reliability::ClopperPearson(times.size(), static_cast<std::size_t>(lives));
  std::printf("%-66s %6d %6.2f %% [%5.2f, %5.2f]", name.c_str(), scenario.inputs,
              100.0 * static_cast<double>(times.size()) / lives, 100 * share.low, 100 * share.high);
  if (times.empty()) {
    std::printf("%9s %9s\n", "-", "-");
  } else {
    std::printf("%9d %9d\n", times[times.size() / 2], times[times.size() * 9 / 10]);
  }
  std::fflush(stdout);
}

void RunGate(const Scenario& scenario, int lives) {
  const CanaryConfig config = Config(scenario);
  Print(scenario.name, scenario, lives, Times(scenario, config, lives, [&](const auto& counts) {
          return Decide(config, counts).action != GateAction::kNone;
        }));
}

// What the gate would do with an interval for one look, 95 % one-sided by the normal distribution,
// once 30 inputs are there.
void RunFixedSample(const Scenario& scenario, int lives) {
  const CanaryConfig config = Config(scenario);
  const double limit = config.promote_when->conditions[0].limit;
  const auto acts = [&](const ComparisonCounts& counts) {
    const Measured m = Measure(counts, {.kind = Figure::Kind::kReliable}, false, .05);
    const auto n = static_cast<double>(m.n);
    return m.n >= 30 && m.value - 1.645 * std::sqrt(m.value * (1 - m.value) / n) >= limit;
  };
  Print("  the same with a fixed-sample interval, 95 %", scenario, lives,
        Times(scenario, config, lives, acts));
}

// Wald's test of `limit` against `alternative`, alpha = beta = 0.05.
void RunSprt(const Scenario& scenario, double limit, double alternative, int lives) {
  const CanaryConfig config = Config(scenario);
  const double accept = std::log(.95 / .05);
  const auto acts = [&](const ComparisonCounts& counts) {
    const auto same = static_cast<double>(counts.pairs.same_label);
    const auto other = static_cast<double>(counts.pairs.other_label);
    return same * std::log(alternative / limit) +
               other * std::log((1 - alternative) / (1 - limit)) >=
           accept;
  };
  char name[80];
  std::snprintf(name, sizeof name, "  the same with an SPRT against %g", alternative);
  Print(name, scenario, lives, Times(scenario, config, lives, acts));
}

constexpr char kReliable[] =
    R"({"share": 1, "promote_when": {"all": ["reliable >= 0.9"], "alpha": 0.05, "inputs_min": 1}})";
constexpr char kAgreement[] = R"({"share": 1, "shadow": true,
    "promote_when": {"all": ["agreement >= 0.98"], "alpha": 0.05, "inputs_min": 1}})";
constexpr char kErrors[] =
    R"({"share": 1, "promote_when": {"all": ["errors <= 0.01"], "alpha": 0.05, "inputs_min": 1}})";
constexpr char kHalf[] = R"({"share": 0.5, "promote_when":
    {"all": ["reliable_difference >= -0.05"], "alpha": 0.05, "inputs_min": 1}})";
constexpr char kTenth[] = R"({"share": 0.1, "promote_when":
    {"all": ["reliable_difference >= -0.05"], "alpha": 0.05, "inputs_min": 1}})";
constexpr char kShadow[] = R"({"share": 1, "shadow": true, "promote_when":
    {"all": ["reliable_difference >= -0.05"], "alpha": 0.05, "inputs_min": 1}})";
constexpr char kRollBack[] = R"({"share": 0.5, "rollback_when":
    {"any": ["reliable_difference <= -0.05", "errors_difference >= 0.02"], "alpha": 0.05,
     "inputs_min": 1}})";
constexpr char kRollBackShadow[] = R"({"share": 1, "shadow": true, "rollback_when":
    {"any": ["reliable_difference <= -0.05", "errors_difference >= 0.02"], "alpha": 0.05,
     "inputs_min": 1}})";

void RunAll(int lives) {
  std::printf("%-66s %6s %-24s %9s %9s\n", "", "inputs", "acted [95 %]", "median", "90 %");
  std::printf("wrong: the truth is on the limit, alpha = 5 %%\n");
  const Scenario share = {"promote, reliable >= 0.9", kReliable, {}, 3000};
  RunGate(share, lives);
  RunFixedSample(share, lives);
  RunGate({"promote, agreement >= 0.98 (shadow)", kAgreement, {.agreement = .98}, 3000}, lives);
  RunGate({"promote, errors <= 0.01", kErrors, {.canary_errors = .01}, 3000}, lives);
  RunGate(
      {"promote, reliable_difference >= -0.05, share 0.5", kHalf, {.canary_reliable = .85}, 2000},
      lives);
  RunGate(
      {"promote, reliable_difference >= -0.05, share 0.1", kTenth, {.canary_reliable = .85}, 2000},
      lives);
  RunGate(
      {"promote, reliable_difference >= -0.05, shadow", kShadow, {.canary_reliable = .85}, 2000},
      lives);
  RunGate({"roll back, two conditions, share 0.5",
           kRollBack,
           {.canary_reliable = .85, .canary_errors = .02},
           2000},
          lives);
  RunGate({"roll back, two conditions, shadow",
           kRollBackShadow,
           {.canary_reliable = .85, .canary_errors = .02},
           2000},
          lives);
  std::printf("wrong, and the assumption broken: each input comes five times in a row\n");
  Scenario repeated = share;
  repeated.truth.repeats = 5;
  RunGate(repeated, lives);

  const int few = std::max(1, lives / 5);
  std::printf("right: the truth is clear of the limit, alpha = 5 %%\n");
  const Scenario better = {
      "promote, agreement >= 0.98, truly 0.995", kAgreement, {.agreement = .995}, 10'000};
  RunGate(better, few);
  RunSprt(better, .98, .995, few);
  RunSprt(better, .98, .999, few);
  RunGate({"promote, reliable_difference >= -0.05, truly 0, share 0.5", kHalf, {}, 10'000}, few);
  RunGate({"promote, reliable_difference >= -0.05, truly 0, share 0.1", kTenth, {}, 30'000}, few);
  RunGate({"promote, reliable_difference >= -0.05, truly 0, shadow", kShadow, {}, 10'000}, few);
  RunGate({"roll back, truly reliable 0.9 and 0.6, share 0.5",
           kRollBack,
           {.canary_reliable = .6},
           10'000},
          few);
  RunGate({"roll back, truly reliable 0.9 and 0.6, shadow",
           kRollBackShadow,
           {.canary_reliable = .6},
           10'000},
          few);
  RunGate({"roll back, truly every other input an error, share 0.5",
           kRollBack,
           {.canary_errors = .5},
           10'000},
          few);
}

}  // namespace
}  // namespace credence::serving

int main(int argc, char** argv) {
  const int lives = argc > 1 ? std::atoi(argv[1]) : 1000;
  if (lives < 1) {
    std::fprintf(stderr, "usage: gate_simulation [LIVES]\n");
    return 2;
  }
  credence::serving::RunAll(lives);
}
