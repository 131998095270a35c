#include "model/openvino/compile.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <sstream>

#include <openvino/core/except.hpp>
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
// Most models with more weights take longer than that, and long to compile, too: they are not
// compiled for this question alone.
constexpr std::int64_t kAskedAloneWeightBytesMax = 4 << 20;
// Each copy keeps weights of its own.
constexpr std::int64_t kCopiedWeightBytesMax = 1 << 20;
constexpr int kTimedRuns = 3;
constexpr std::chrono::milliseconds kTimedEnough{40};  // no further run after that

nanoseconds Now(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

// The shortest of a few runs of the compiled batch; no more of them than it takes to see whether
// they are short. A model of one stream runs on the calling thread: by the thread's own clock a
// busy machine does not make it long. Of several streams, by the wall clock.
nanoseconds MeasureRun(const ov::CompiledModel& compiled, clockid_t clock) {
  ov::CompiledModel model = compiled;
  ov::InferRequest request = model.create_infer_request();
  ov::Tensor input = request.get_input_tensor();
  std::memset(input.data(), 0, input.get_byte_size());
  nanoseconds shortest = nanoseconds::max();
  const nanoseconds start = Now(clock);
  nanoseconds before = start;
  for (int i = 0; i < kTimedRuns && before < start + kTimedEnough && shortest > kOnCallingThread;
       ++i) {
    request.infer();
    const nanoseconds after = Now(clock);
    shortest = std::min(shortest, after - before);
    before = after;
  }
  return shortest;
}

Compiled Compile(ov::Core& core, const std::shared_ptr<ov::Model>& graph, int batch, int streams,
                 const LoadOptions& options) {
  SetBatch(*graph, batch);
  return {batch, core.compile_model(graph, "CPU", CompileOptions(options, streams))};
}

std::int64_t WeightBytes(const ov::Model& graph) {
  return CountParameters(graph) * std::int64_t{sizeof(float)};
}

// As many more of `one`, each with a stream of its own. The engine's passes over the graph are two
// thirds of what compiling costs, and `one` has been through them: it is written down, and read.
std::vector<ov::CompiledModel> Copies(ov::Core& core, ov::CompiledModel one, int count,
                                      const LoadOptions& options) {
  std::vector<ov::CompiledModel> copies;
  if (count == 0) return copies;
  std::stringstream written;
  one.export_model(written);
  for (int i = 0; i < count; ++i) {
    written.clear();  // the last one read to the end
    written.seekg(0);
    copies.push_back(core.import_model(written, "CPU", CompileOptions(options, 1)));
  }
  return copies;
}

// A model of the size of `first` for each of `sets`; the first set has `first` itself.
void AddSize(ov::Core& core, const std::shared_ptr<ov::Model>& graph, const Compiled& first,
             const LoadOptions& options, std::vector<CompiledSizes>& sets) {
  std::vector<ov::CompiledModel> models;
  if (WeightBytes(*graph) <= kCopiedWeightBytesMax) {
    try {
      models = Copies(core, first.model, static_cast<int>(sets.size()) - 1, options);
    } catch (const ov::Exception&) {  // the engine cannot write every graph
      models.clear();
    }
  }
  sets[0].push_back(first);
  for (std::size_t i = 1; i < sets.size(); ++i) {
    sets[i].push_back(i <= models.size() ? Compiled{first.batch, models[i - 1]}
                                         : Compile(core, graph, first.batch, 1, options));
  }
}

// As CompileForEach. `first`: compiled for the first of `sizes`, with one stream; `graph` is as
// that left it.
std::vector<CompiledSizes> CompileOthers(ov::Core& core, const std::shared_ptr<ov::Model>& graph,
                                         const Compiled& first, std::span<const int> sizes,
                                         int batch_min, const LoadOptions& options) {
  const int fixed_batch = sizes.size() == 1 ? sizes.front() : 0;
  std::vector<CompiledSizes> sets(static_cast<std::size_t>(options.slots));
  for (const int batch :
       BatchSizes(*graph, fixed_batch, batch_min, sizes.back(), kOwnCompiledBytesMax)) {
    AddSize(core, graph, batch == first.batch ? first : Compile(core, graph, batch, 1, options),
            options, sets);
  }
  return sets;
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
  const Compiled first = Compile(core, graph, sizes.front(), 1, options);
  return CompileOthers(core, graph, first, sizes, batch_min, options);
}

std::vector<CompiledSizes> CompileSizes(ov::Core& core, const std::shared_ptr<ov::Model>& graph,
                                        std::span<const int> sizes, int batch_min,
                                        const LoadOptions& options) {
  const std::int64_t weight_bytes = WeightBytes(*graph);
  if (options.slots > 1 && weight_bytes <= kAskedAloneWeightBytesMax) {
    const Compiled alone = Compile(core, graph, sizes.front(), 1, options);
    if (MeasureRun(alone.model, CLOCK_THREAD_CPUTIME_ID) <= kOnCallingThread) {
      return CompileOthers(core, graph, alone, sizes, batch_min, options);
    }
  }
  CompiledSizes shared = {Compile(core, graph, sizes.front(), options.slots, options)};
  if (options.slots == 1 && sizes.size() == 1) return {std::move(shared)};
  const nanoseconds one_run = MeasureRun(shared[0].model, CLOCK_MONOTONIC);
  if (options.slots > 1 && one_run <= kOnCallingThread) {
    return CompileForEach(core, graph, sizes, batch_min, options);
  }
  const bool pay = BatchesPay(one_run / sizes.front(), weight_bytes);
  for (const int batch : sizes.subspan(1)) {
    if (!pay && shared.back().batch >= batch_min) break;
    shared.push_back(Compile(core, graph, batch, options.slots, options));
  }
  return {std::move(shared)};
}

}  // namespace credence::model
