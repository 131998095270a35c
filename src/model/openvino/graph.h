// Finds the parts of a graph: the class scores among its outputs, the logits and the features. Pure
// functions of an ov::Model; OpenVINO's exceptions may pass through.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <openvino/core/model.hpp>

#include "base/result.h"
#include "model/model.h"

namespace credence::model {

// Sum of weights and activations over all batch sizes that a model is compiled for.
inline constexpr std::int64_t kCompiledBytesMax = std::int64_t{256} << 20;
// The same for a session that has its model to itself (CompileSizes in compile.h).
inline constexpr std::int64_t kOwnCompiledBytesMax = std::int64_t{32} << 20;
// A feature tap of another length is left out.
inline constexpr int kFeatureSizeMin = 2;
inline constexpr int kFeatureSizeMax = 8192;
inline constexpr int kClassesMax = 10'000;

// The name of an operation: "MatMul".
inline std::string_view TypeOf(const ov::Node& node) { return node.get_type_info().name; }

struct Head {
  ov::Output<ov::Node> scores;                   // what the model returns
  ov::Output<ov::Node> logits;                   // == scores for kOutput
  std::optional<ov::Output<ov::Node>> features;  // data input of the last dense or convolution op
  LogitSource logit_source = LogitSource::kOutput;
  std::optional<ScoreKind> score_kind;  // nullopt: only running the model tells
  std::size_t scores_at = 0;            // which of the model's outputs
  std::string feature_name;
  int classes = 0;
  int feature_size = 0;
};

// Finds the class scores and walks back from them. `given`: what a user says that they are. A lone
// value without a sigmoid is a score only then.
// REQUIRES: shapes are static, the batch is `batch`.
// Errors: kInvalidArgument - no output, or several outputs, that can be class scores; they are not
//         what was given.
Result<Head> FindHead(const ov::Model& model, int batch, std::optional<ScoreKind> given);

// True if the graph, or a graph within it, draws random numbers.
bool HasRandomOp(const ov::Model& model);

// The number of floating-point weights, as the engine holds them: a batch normalisation that was
// folded into a convolution no longer counts.
std::int64_t CountParameters(const ov::Model& model);

// The batch sizes to compile, ascending: 1, 2, 4, … up to batch_max while they fit into
// `bytes_max`, and in any case as far as batch_min; the fixed batch alone where there is one.
// Never empty.
// REQUIRES: shapes are static, the batch is 1 or the fixed batch.
std::vector<int> BatchSizes(const ov::Model& model, int fixed_batch, int batch_min, int batch_max,
                            std::int64_t bytes_max = kCompiledBytesMax);

// Gives the picture's first axis this length.
void SetBatch(ov::Model& model, int batch);

}  // namespace credence::model
