// Predictor is one version, ready to answer: input contract + model (+ reliability profile).
//
//   Prepare   an input -> what the model will see                     (decode, adapt)
//   Run       many prepared inputs -> their predictions, in one batch (infer, assess)
//
// Built whole and never changed; thread-safe. What a thread needs to run it is a Runner of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/stop_sign.h"
#include "image/adapt.h"
#include "image/decode.h"
#include "image/input_contract.h"
#include "model/model.h"
#include "predictor/answer.h"
#include "predictor/input.h"
#include "predictor/kept_pages.h"
#include "predictor/number_picture.h"
#include "predictor/scorer.h"

namespace credence::predictor {

// Buffers of one thread for Prepare; shared by all predictors.
struct Workspace {
  image::Decoded decoded;
  NumberPicture numbers;
  image::AdaptScratch adapt;
  HeldBytes memory;                // of a large picture
  const StopSign* stop = nullptr;  // looked at while a picture is decoded

  // Gives back what only a very large picture needs.
  void Trim();
};

// Outputs of the passes of one picture, when one batch of the model does not hold them all.
struct PassOutputs {
  std::vector<float> scores, logits, features;
};

// One thread's way to run a predictor: a session of its model, and working memory.
// Confined to one thread at a time.
struct Runner {
  std::unique_ptr<model::Session> session;        // of a picture classifier
  std::unique_ptr<model::TensorSession> tensors;  // of any other model
  ScoreScratch scratch;
  PassOutputs passes;
};

// One input of a batch.
struct Task {
  Answer* answer = nullptr;  // prepared, without error; gets the prediction or an error
  bool explain = false;      // whether the prediction is to have an explanation
  bool outputs = false;      // whether the model's own outputs are wanted
  Detail* detail = nullptr;  // gets what the prediction was made from, if there is one
};

// What a predictor is made of; see load.h.
struct Parts {
  std::string name;
  std::int64_t version = 1;
  image::InputContract contract;
  std::vector<std::string> labels;  // one a class
  std::shared_ptr<const model::Model> model;
  image::DecodeLimits decode_limits;
  PassRule passes;  // samples > 1 for a stochastic model
  std::optional<reliability::Profile> profile;
  std::optional<SimilarIndex> similar;  // calibration pictures for explanations
  std::size_t golden_inputs = 0;        // that it has to answer as recorded
  std::vector<std::string> assumed;     // see Assumptions in load.h
  std::string warning;  // what operators should know, e.g. that a profile was ignored
  KeptPages pages = {};
};

// Where the contract comes from: was it measured, is each part said by the model or a user, or is
// some part guessed?
enum class ContractState { kCalibrated, kStated, kAssumed };
std::string_view ContractStateName(ContractState state);  // "calibrated", "stated", "assumed"

class Predictor {
 public:
  Predictor(Parts parts, const Clock& clock);

  const std::string& name() const { return parts_.name; }
  std::int64_t version() const { return parts_.version; }
  const image::InputContract& contract() const { return parts_.contract; }
  const std::vector<std::string>& labels() const { return parts_.labels; }
  const std::shared_ptr<const model::Model>& model() const { return parts_.model; }
  const model::ModelInfo& model_info() const { return parts_.model->info(); }
  // Whether it is a picture classifier. What follows until batch_max has no meaning if it is not.
  bool takes_pictures() const { return model_info().view.has_value(); }
  const model::PictureView& view() const { return *model_info().view; }
  int samples() const { return parts_.passes.samples; }
  const reliability::Profile* profile() const { return scorer_ ? scorer_->profile() : nullptr; }
  // What was guessed of pictures and scores; empty in a calibrated version.
  const std::vector<std::string>& assumed() const { return parts_.assumed; }
  ContractState contract_state() const;
  const std::string& warning() const { return parts_.warning; }
  const KeptPages& pages() const { return parts_.pages; }
  // The calibration pictures for explanations; nullptr when the version keeps none.
  const SimilarIndex* similar() const { return parts_.similar ? &*parts_.similar : nullptr; }
  // How many golden inputs it answered as recorded, at load.
  std::size_t golden_inputs() const { return parts_.golden_inputs; }
  int batch_max() const;  // inputs a Run
  const image::DecodeLimits& decode_limits() const { return parts_.decode_limits; }

  // `slot`: of the model's session (model::Model::NewSession).
  // Errors: kInternal - the engine cannot make one more session.
  Result<std::unique_ptr<Runner>> NewRunner(int slot) const;

  // Decodes and adapts `input` into `answer`, which is cleared first, and adds to `timings`. Sets
  // answer.error when the input is none that the model takes.
  void Prepare(const Input& input, Workspace& workspace, Answer& answer, Timings& timings) const;

  // Predicts, and adds to `timings`. An input whose model output is not finite gets an error, never
  // a verdict, but the output itself if it was asked for. REQUIRES: 1 <= batch.size() <=
  // batch_max(); `runner` is of a predictor with this model.
  void Run(std::span<const Task> batch, Runner& runner, Timings& timings) const;

 private:
  Result<void> Adapt(const Input& input, Workspace& workspace, Answer& answer,
                     Timings& timings) const;
  void RunPictures(std::span<const Task> batch, Runner& runner, Timings& timings) const;
  void RunTensors(const Task& task, Runner& runner, Timings& timings) const;
  Result<model::Outputs> Infer(std::span<const Task> batch, Runner& runner) const;
  Result<model::Outputs> InferInParts(const Answer& answer, Runner& runner) const;
  void WriteTensor(const Answer& answer, std::byte* out) const;

  Parts parts_;
  std::optional<const Scorer> scorer_;
  const Clock& clock_;
};

}  // namespace credence::predictor
