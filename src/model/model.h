// Model is a function from named tensors to named tensors; an engine implements it.
//
// Most models served here take one picture and give class scores: they have a PictureView, and a
// Session runs them in batches, with the logits and features that reliability wants. Any other is
// run on its own tensors by a TensorSession.
//
// A Model is immutable and shared; a session is one thread's way to run it (its own buffers and its
// own inference request: two threads on one OpenVINO stream contend, sessions of different slots do
// not).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/input_contract.h"
#include "model/signature.h"
#include "model/tensor.h"

namespace credence::model {

// What one example of a picture model's input looks like.
struct InputSpec {
  std::string name;           // the tensor's name in the signature, e.g. "input_1"
  int height = 0;             // px
  int width = 0;              // px
  int channels = 0;           // 1 or 3
  bool channel_axis = false;  // false: shape is [-1, height, width]
  image::Layout layout = image::Layout::kNhwc;
  image::ElementType element = image::ElementType::kFloat32;
  // What black and white become, if the element type or the graph's first operations say it.
  std::optional<image::ValueRange> range = {};
  bool range_is_guess = false;  // they do not, but int8 has no other
};

// Sides of an input that the graph leaves open, as a user says them.
struct InputSize {
  int height = 0;                               // px
  int width = 0;                                // px
  int channels = 0;                             // 1 or 3; 0: the graph says it
  image::Layout layout = image::Layout::kNhwc;  // of a flat input's values

  friend bool operator==(const InputSize&, const InputSize&) = default;
};

// Where the logits come from (docs/reliability.md, "Logits").
enum class LogitSource {
  kTap,            // the tensor that enters the last softmax
  kOutput,         // the output itself: the model ends without a softmax
  kSigmoid,        // one sigmoid output: logits (0, z)
  kProbabilities,  // no tap to be had: ln max(p, 1e-12) of the output
  kLogOdds,        // no tap to be had, a sigmoid a class: ln p / (1 - p) of the output
};

// What the scores of a classifier are. Of all but the first, softmax(logits) is the distribution
// over the classes: of independent sigmoids it is the one given that exactly one class applies.
enum class ScoreKind { kProbabilities, kLogProbabilities, kLogits, kSigmoids };
std::string_view ScoreKindName(ScoreKind kind);  // "probabilities", "log_probabilities", …
std::optional<ScoreKind> ParseScoreKind(std::string_view name);

// A model seen as a picture classifier: one picture in, class scores out.
struct PictureView {
  InputSpec input;
  std::string output_name;   // e.g. "dense_1"
  int classes = 0;           // 2..10000
  int feature_size = 0;      // length of the feature tap, 0 = none
  std::string feature_name;  // tensor name of the tap
  LogitSource logit_source = LogitSource::kOutput;
  ScoreKind score_kind = ScoreKind::kLogits;
  // What was guessed because nothing says it: one clause each, with the flag that settles it.
  std::vector<std::string> assumed = {};
};

struct ModelInfo {
  std::vector<TensorSpec> inputs;   // as the signature names them
  std::vector<TensorSpec> outputs;  // likewise
  std::optional<PictureView> view;  // nullopt: it is no picture classifier
  std::string no_view;              // why not
  std::string signature;            // "serving_default"; empty for ONNX and IR
  // All that the SavedModel's file holds, __saved_model_init_op last; empty for ONNX and IR.
  std::vector<SignatureDef> signatures = {};
  bool random_op = false;       // the graph holds a random operation: it may answer at random
  bool batch_matters = false;   // an answer depends on what else is in its batch: it is run alone
  std::int64_t parameters = 0;  // number of weights
  std::string engine;           // "OpenVINO 2026.4.1", "fake"
};

// Views of one batch's results; valid until the session's next Run.
struct Outputs {
  std::span<const float> scores;    // [n, classes]: the model's output, untouched; for kSigmoid
                                    //               the two classes' probabilities
  std::span<const float> logits;    // [n, classes]: by LogitSource
  std::span<const float> features;  // [n, feature_size]; empty when there is no tap
};

// One thread's way to run a picture classifier. Confined to one thread at a time.
class Session {
 public:
  virtual ~Session() = default;

  // Where to write `n` examples, contiguous, each of TensorBytes(contract) bytes, 64-byte aligned;
  // valid until the next call. REQUIRES: 1 <= n <= batch_max.
  virtual std::span<std::byte> Input(int n) = 0;

  // Runs the `n` examples of the last Input(n).
  // Errors: kInternal - the engine failed. Values may be non-finite: the caller looks.
  virtual Result<Outputs> Run(int n) = 0;

  // After a successful Run: sets `out` to what the model itself returned for example `i`, one
  // tensor for each of ModelInfo::outputs, with a leading axis of 1. An output that does not belong
  // to single examples is given whole. REQUIRES: 0 <= i < n.
  virtual void CopyOutputs(int i, std::vector<Tensor>& out) const = 0;
};

// One thread's way to run any other model. Confined to one thread at a time.
class TensorSession {
 public:
  virtual ~TensorSession() = default;

  // Runs the model on one tensor for each of ModelInfo::inputs, in that order, and sets `out` to
  // one for each of ModelInfo::outputs.
  // Errors: kInvalidArgument - the model cannot be run on tensors of these shapes.
  // REQUIRES: each fits its spec (CheckFits).
  virtual Result<void> Run(std::span<const Tensor* const> inputs, std::vector<Tensor>& out) = 0;
};

// Immutable, thread-safe.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelInfo& info() const = 0;
  virtual int batch_max() const = 0;  // >= 1; larger batches are the caller's to split
  // `slot`: sessions of one slot may wait for each other when they run at once; those of different
  // slots below LoadOptions::slots do not.
  // Errors of both: kInternal - the engine cannot make one more.
  // REQUIRES: info().view is set; slot >= 0.
  virtual Result<std::unique_ptr<Session>> NewSession(int slot) const = 0;
  // REQUIRES: info().view is not set.
  virtual Result<std::unique_ptr<TensorSession>> NewTensorSession() const = 0;
};

struct LoadOptions {
  int slots = 1;               // how many sessions are to run at once without waiting (streams)
  int batch_max = 64;          // examples a Run; a model that gains nothing by them has fewer
  int batch_min_random = 1;    // examples that a Run of a model with random_op has to take at least
  std::string signature = {};  // of a SavedModel; empty: "serving_default", or the only one
  std::optional<InputSize> input_size = {};  // nullopt: as the graph has it
  std::optional<ScoreKind> scores = {};      // nullopt: as the graph and its answers show
  bool bf16 = false;                         // faster on CPUs that have it; logits move by 0.04-0.1
};

// Engine loads models. `main` makes one (openvino/engine.h) and passes it down; tests pass
// fake/fake_model.h. Thread-safe. A Model may outlive its engine.
class Engine {
 public:
  virtual ~Engine() = default;

  // Loads a SavedModel directory, an .onnx file or an OpenVINO .xml by what it is.
  // Errors: kNotFound - nothing there; kDataLoss - damaged; kUnimplemented - an operation or an
  //         element type that the engine lacks. Each message says what a user can do.
  virtual Result<std::unique_ptr<Model>> Load(const std::filesystem::path& path,
                                              const LoadOptions& options) const = 0;
};

}  // namespace credence::model
