// Comparison counts what two versions of a predictor answer to the same traffic.
//
// Split traffic: each version answers its share; the counts of the two sides are compared.
// Shadow: both answer the same input; each pair is also counted in a table of outcomes.
//
// Hot path: a lane adds to counters of its own (one writer, no lock, no shared cache line), about
// 5 ns an answer. Memory: constant, 4 KiB a lane.
// Threads: each lane's Observe is one thread's at a time; Snapshot is any thread's. A snapshot is
// no
//          single moment: it may hold an answer and miss an earlier one. Each counter only grows
//          from one snapshot to the next, and a share is made of counters of which each answer
//          raises one.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace credence::serving {

// What became of one input: the verdict of its answer, in the order of reliability::Verdict, or an
// error.
enum class Outcome : std::uint8_t { kReliable, kUncertain, kUnfamiliar, kUnassessed, kError };
inline constexpr std::size_t kOutcomes = 5;

// Who answered. Indices of arrays.
enum class Side : std::uint8_t { kStable, kCanary };

// A histogram of times: eight buckets an octave from 1 us to 69 s, so that a quantile is right
// within 1/8 of its value. A value.
struct LatencyCounts {
  static constexpr int kOctaveFirst = 10;  // 2^10 ns
  static constexpr int kOctaves = 26;
  static constexpr int kPerOctave = 8;
  // The first bucket holds what is shorter, the last one what is longer.
  static constexpr std::size_t kBuckets = kOctaves * kPerOctave + 2;
  static std::size_t BucketOf(std::chrono::nanoseconds time);
  // Where a bucket begins; that of kBuckets - 1 is where the histogram ends.
  static std::chrono::nanoseconds Begin(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets = {};
  std::uint64_t sum_ns = 0;

  std::uint64_t count() const;
  std::chrono::nanoseconds Mean() const;              // 0 when nothing was counted
  std::chrono::nanoseconds Quantile(double q) const;  // q in [0, 1]; 0 when nothing was counted
};

struct SideCounts {
  std::array<std::uint64_t, kOutcomes> outcomes = {};
  LatencyCounts latency;  // of answers without an error

  std::uint64_t of(Outcome outcome) const { return outcomes[static_cast<std::size_t>(outcome)]; }
  std::uint64_t inputs() const;    // all outcomes
  std::uint64_t answered() const;  // all but errors
};

struct PairCounts {
  std::array<std::array<std::uint64_t, kOutcomes>, kOutcomes> outcomes = {};  // [stable][canary]
  std::uint64_t same_label = 0, other_label = 0;  // pairs in which both name a class

  std::uint64_t pairs() const;
};

struct ComparisonCounts {
  std::array<SideCounts, 2> sides;  // by Side
  PairCounts pairs;                 // shadow only
  std::uint64_t skipped = 0;        // inputs that the canary was not shown because of overload

  const SideCounts& stable() const { return sides[0]; }
  const SideCounts& canary() const { return sides[1]; }
};

// What is known of one input's way through one version.
struct Observation {
  Outcome outcome = Outcome::kError;
  std::chrono::nanoseconds latency{0};  // its request's, as the caller saw it; unused for an error
};

class Comparison {
 public:
  // REQUIRES: lanes >= 1.
  explicit Comparison(int lanes);

  // Split traffic: an input that one side has answered.
  void Observe(int lane, Side side, const Observation& observation);
  // Shadow: an input that both have seen. `same_label`: whether both name the same class; nullopt
  // when one of them names none.
  void ObservePair(int lane, const Observation& stable, const Observation& canary,
                   std::optional<bool> same_label);
  // Shadow: inputs that the canary was not shown.
  void Skip(int lane, std::uint64_t inputs);

  ComparisonCounts Snapshot() const;

 private:
  using Counter = std::atomic<std::uint64_t>;
  struct SideCounters {
    std::array<Counter, kOutcomes> outcomes{};
    std::array<Counter, LatencyCounts::kBuckets> buckets{};
    Counter sum_ns{0};
  };
  struct alignas(64) Lane {  // one writer
    std::array<SideCounters, 2> sides;
    std::array<Counter, kOutcomes * kOutcomes> pairs{};
    Counter same_label{0}, other_label{0};
    Counter skipped{0};
  };

  static void Add(Counter& counter, std::uint64_t n);
  static void AddSide(SideCounters& side, const Observation& observation);

  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace credence::serving
