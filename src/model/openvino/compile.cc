#include "model/openvino/compile.h"

#include <algorithm>
#include <cstring>

#include <openvino/runtime/infer_request.hpp>

#include "model/openvino/graph.h"

namespace credence::model {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kShortRun{4};
// A core reads 10 GB/s and more: a run that reads its weights at half of that waits for them.
constexpr std::int64_t kWeightBytesANanosecond = 5;
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

}  // namespace

bool BatchesPay(nanoseconds one_example, std::int64_t weight_bytes) {
  return one_example <= kShortRun ||
         one_example <= nanoseconds(weight_bytes / kWeightBytesANanosecond);
}

std::vector<Compiled> CompileSizes(ov::Core& core, const std::shared_ptr<ov::Model>& graph,
                                   std::span<const int> sizes, int batch_min,
                                   const ov::AnyMap& options) {
  std::vector<Compiled> compiled;
  const auto add = [&](int batch) {
    SetBatch(*graph, batch);
    compiled.push_back({batch, core.compile_model(graph, "CPU", options)});
  };
  add(sizes.front());
  if (sizes.size() == 1) return compiled;
  const std::int64_t weight_bytes = CountParameters(*graph) * std::int64_t{sizeof(float)};
  const bool pay = BatchesPay(MeasureRun(compiled[0].model) / sizes.front(), weight_bytes);
  for (const int batch : sizes.subspan(1)) {
    if (pay || compiled.back().batch < batch_min) add(batch);
  }
  return compiled;
}

}  // namespace credence::model
