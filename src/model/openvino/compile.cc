#include "model/openvino/compile.h"

#include <algorithm>
#include <cstring>

#include <openvino/runtime/infer_request.hpp>
#include <openvino/runtime/properties.hpp>

#include "model/openvino/graph.h"

namespace credence::model {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kShortRun{4};
// A core reads 10 GB/s and more: a run that reads its weights at half of that waits for them.
constexpr std::int64_t kWeightBytesANanosecond = 5;
constexpr std::chrono::milliseconds kOnCallingThread{1};
constexpr int kTimedRuns = 3;
constexpr std::chrono::milliseconds kTimedEnough{40};  // no further run after that

// The shortest of a few runs of the compiled batch; no more of them than it takes to see whether
// they are short. By the wall clock: with several streams the engine runs on threads of its own.
nanoseconds MeasureRun(const ov::CompiledModel& compiled) {
  using Clock = std::chrono::steady_clock;
  ov::CompiledModel model = compiled;
  ov::InferRequest request = model.create_infer_request();
  ov::Tensor input = request.get_input_tensor();
  std::memset(input.data(), 0, input.get_byte_size());
  nanoseconds shortest = nanoseconds::max();
  const Clock::time_point start = Clock::now();
  Clock::time_point before = start;
  for (int i = 0; i < kTimedRuns && before < start + kTimedEnough && shortest > kShortRun; ++i) {
    request.infer();
    const Clock::time_point after = Clock::now();
    shortest = std::min<nanoseconds>(shortest, after - before);
    before = after;
  }
  return shortest;
}

Compiled Compile(ov::Core& core, const std::shared_ptr<ov::Model>& graph, int batch, int streams,
                 const LoadOptions& options) {
  SetBatch(*graph, batch);
  return {batch, core.compile_model(graph, "CPU", CompileOptions(options, streams))};
}

}  // namespace

bool BatchesPay(nanoseconds one_example, std::int64_t weight_bytes) {
  return one_example <= kShortRun ||
         one_example <= nanoseconds(weight_bytes / kWeightBytesANanosecond);
}

ov::AnyMap CompileOptions(const LoadOptions& options, int streams) {
  // One stream a session: two threads on one stream wait for each other.
  return {ov::hint::inference_precision(options.bf16 ? ov::element::bf16 : ov::element::f32),
          ov::hint::enable_cpu_pinning(false), ov::inference_num_threads(streams),
          ov::num_streams(streams)};
}

std::vector<CompiledSizes> CompileForEach(ov::Core& core, const std::shared_ptr<ov::Model>& graph,
                                          std::span<const int> sizes, int batch_min,
                                          const LoadOptions& options) {
  const int fixed_batch = sizes.size() == 1 ? sizes.front() : 0;
  SetBatch(*graph, sizes.front());
  std::vector<CompiledSizes> sets(static_cast<std::size_t>(options.sessions));
  for (const int batch :
       BatchSizes(*graph, fixed_batch, batch_min, sizes.back(), kOwnCompiledBytesMax)) {
    for (CompiledSizes& set : sets) set.push_back(Compile(core, graph, batch, 1, options));
  }
  return sets;
}

std::vector<CompiledSizes> CompileSizes(ov::Core& core, const std::shared_ptr<ov::Model>& graph,
                                        std::span<const int> sizes, int batch_min,
                                        const LoadOptions& options) {
  CompiledSizes shared = {Compile(core, graph, sizes.front(), options.sessions, options)};
  if (options.sessions == 1 && sizes.size() == 1) return {std::move(shared)};
  const nanoseconds one_run = MeasureRun(shared[0].model);
  if (options.sessions > 1 && one_run <= kOnCallingThread) {
    return CompileForEach(core, graph, sizes, batch_min, options);
  }
  const std::int64_t weight_bytes = CountParameters(*graph) * std::int64_t{sizeof(float)};
  const bool pay = BatchesPay(one_run / sizes.front(), weight_bytes);
  for (const int batch : sizes.subspan(1)) {
    if (!pay && shared.back().batch >= batch_min) break;
    shared.push_back(Compile(core, graph, batch, options.sessions, options));
  }
  return {std::move(shared)};
}

}  // namespace credence::model
