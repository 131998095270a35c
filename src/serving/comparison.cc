#include "serving/comparison.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace credence::serving {
namespace {

constexpr auto kErrorAt = static_cast<std::size_t>(Outcome::kError);

template <std::size_t N>
std::uint64_t Sum(const std::array<std::uint64_t, N>& counts, std::size_t end = N) {
  return std::accumulate(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(end),
                         std::uint64_t{0});
}

std::uint64_t Read(const std::atomic<std::uint64_t>& counter) {
  return counter.load(std::memory_order_relaxed);
}

}  // namespace

std::size_t LatencyCounts::BucketOf(std::chrono::nanoseconds time) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.count()));
  const int octave = static_cast<int>(std::bit_width(ns)) - 1;  // -1 for 0
  if (octave < kOctaveFirst) return 0;
  if (octave >= kOctaveFirst + kOctaves) return kBuckets - 1;
  const std::uint64_t part = (ns >> (octave - 3)) & (kPerOctave - 1);
  return 1 + static_cast<std::size_t>(octave - kOctaveFirst) * kPerOctave + part;
}

std::chrono::nanoseconds LatencyCounts::Begin(std::size_t bucket) {
  if (bucket == 0) return std::chrono::nanoseconds(0);
  const std::size_t octave = (bucket - 1) / kPerOctave + kOctaveFirst;
  const std::size_t part = (bucket - 1) % kPerOctave;
  return std::chrono::nanoseconds((kPerOctave + part) << (octave - 3));
}

std::uint64_t LatencyCounts::count() const { return Sum(buckets); }

std::chrono::nanoseconds LatencyCounts::Mean() const {
  const std::uint64_t n = count();
  return std::chrono::nanoseconds(n == 0 ? 0 : static_cast<std::int64_t>(sum_ns / n));
}

std::chrono::nanoseconds LatencyCounts::Quantile(double q) const {
  const double rank = q * static_cast<double>(count());
  double below = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    const auto here = static_cast<double>(buckets[i]);
    if (here > 0 && below + here >= rank) {
      const auto begin = static_cast<double>(Begin(i).count());
      const auto end = static_cast<double>(Begin(std::min(i + 1, kBuckets - 1)).count());
      return std::chrono::nanoseconds(
          static_cast<std::int64_t>(begin + (end - begin) * (rank - below) / here));
    }
    below += here;
  }
  return std::chrono::nanoseconds(0);
}

std::uint64_t SideCounts::inputs() const { return Sum(outcomes); }
std::uint64_t SideCounts::answered() const { return Sum(outcomes, kErrorAt); }

std::uint64_t PairCounts::pairs() const {
  std::uint64_t sum = 0;
  for (const auto& row : outcomes) sum += Sum(row);
  return sum;
}

Comparison::Comparison(int lanes) {
  for (int i = 0; i < lanes; ++i) lanes_.push_back(std::make_unique<Lane>());
}

// One writer: a load and a store need no lock prefix.
void Comparison::Add(Counter& counter, std::uint64_t n) {
  counter.store(Read(counter) + n, std::memory_order_relaxed);
}

void Comparison::AddSide(SideCounters& side, const Observation& observation) {
  Add(side.outcomes[static_cast<std::size_t>(observation.outcome)], 1);
  if (observation.outcome == Outcome::kError) return;
  Add(side.buckets[LatencyCounts::BucketOf(observation.latency)], 1);
  Add(side.sum_ns,
      static_cast<std::uint64_t>(std::max<std::int64_t>(0, observation.latency.count())));
}

void Comparison::Observe(int lane, Side side, const Observation& observation) {
  AddSide(lanes_[static_cast<std::size_t>(lane)]->sides[static_cast<std::size_t>(side)],
          observation);
}

void Comparison::ObservePair(int lane, const Observation& stable, const Observation& canary,
                             std::optional<bool> same_label) {
  Lane& own = *lanes_[static_cast<std::size_t>(lane)];
  AddSide(own.sides[0], stable);
  AddSide(own.sides[1], canary);
  Add(own.pairs[static_cast<std::size_t>(stable.outcome) * kOutcomes +
                static_cast<std::size_t>(canary.outcome)],
      1);
  if (same_label) Add(*same_label ? own.same_label : own.other_label, 1);
}

void Comparison::Skip(int lane, std::uint64_t inputs) {
  Add(lanes_[static_cast<std::size_t>(lane)]->skipped, inputs);
}

ComparisonCounts Comparison::Snapshot() const {
  ComparisonCounts counts;
  for (const auto& lane : lanes_) {
    for (std::size_t s = 0; s < counts.sides.size(); ++s) {
      const SideCounters& from = lane->sides[s];
      SideCounts& to = counts.sides[s];
      for (std::size_t i = 0; i < kOutcomes; ++i) to.outcomes[i] += Read(from.outcomes[i]);
      for (std::size_t i = 0; i < LatencyCounts::kBuckets; ++i) {
        to.latency.buckets[i] += Read(from.buckets[i]);
      }
      to.latency.sum_ns += Read(from.sum_ns);
    }
    for (std::size_t i = 0; i < lane->pairs.size(); ++i) {
      counts.pairs.outcomes[i / kOutcomes][i % kOutcomes] += Read(lane->pairs[i]);
    }
    counts.pairs.same_label += Read(lane->same_label);
    counts.pairs.other_label += Read(lane->other_label);
    counts.skipped += Read(lane->skipped);
  }
  return counts;
}

}  // namespace credence::serving
