// The cost of one live answer in the drift detector, on one thread and on several at once.
#include <benchmark/benchmark.h>

#include "serving/drift_watch.h"

namespace credence::serving {
namespace {

constexpr std::size_t kRows = 2500;
constexpr int kLanes = 8;

void BM_DriftWatch(benchmark::State& state) {
  static const SystemClock clock;
  static DriftWatch watch(reliability::DriftLevels(kRows), kRows, kLanes, clock);
  const int lane = state.thread_index();
  float p = 0.9f;
  for (auto _ : state) {
    watch.Observe(lane, p);
    watch.Hand(lane);
    p = p < 0.1f ? 0.9f : p - 0.01f;
  }
}

BENCHMARK(BM_DriftWatch)->Threads(1)->Threads(2)->Threads(kLanes);

}  // namespace
}  // namespace credence::serving

BENCHMARK_MAIN();
