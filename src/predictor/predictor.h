// Predictor is one version, ready to answer: input contract + model (+ reliability profile).
//
//   Prepare   bytes or numbers -> the picture as the model will see it      (decode, adapt)
//   Run       many prepared pictures -> their predictions, in one batch     (infer, assess)
//
// Immutable but for its lanes: lane i's session belongs to whoever runs as lane i, one thread at a
// time. A request pins its Predictor by one shared_ptr.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "image/adapt.h"
#include "image/decode.h"
#include "image/input_contract.h"
#include "metrics/metrics.h"
#include "model/model.h"
#include "predictor/drift_watch.h"
#include "predictor/number_range.h"
#include "predictor/prediction.h"
#include "predictor/scorer.h"

namespace credence::predictor {

// Buffers of one thread for Prepare; shared by all predictors.
struct Workspace {
  image::Decoded decoded;
  image::AdaptScratch adapt;
};

// One picture on its way: what came, what was made of it, the answer. Reused between requests.
struct Picture {
  // What came: `file`, or when it is empty `pixels` with their `origin` (kArray).
  image::Bytes file;
  image::Pixels pixels;
  image::Adaptation origin{};
  std::optional<NumberSpan> misfit;  // of numbers that are in no known range
  bool explain = false;              // whether the prediction is to have an explanation
  // What was made of it.
  image::Adapted adapted;
  Prediction prediction;
  std::optional<Error> error;  // set: there is no prediction
  metrics::PhaseTimes phases{};

  // Forgets the last request's values, keeping the buffers.
  void Clear();
};

// What a predictor is made of; see load.h.
struct Parts {
  std::string name;
  int version = 1;
  image::InputContract contract;
  std::vector<std::string> labels;  // one a class
  std::unique_ptr<model::Model> model;
  std::vector<std::unique_ptr<model::Session>> sessions;  // one a lane
  image::DecodeLimits decode_limits;
  int samples = 1;  // passes a picture: > 1 for a stochastic model
  std::optional<reliability::Profile> profile;
  std::string warning;  // what operators should know, e.g. that a profile was ignored
};

class Predictor {
 public:
  Predictor(Parts parts, const Clock& clock);

  const std::string& name() const { return parts_.name; }
  int version() const { return parts_.version; }
  const image::InputContract& contract() const { return parts_.contract; }
  const std::vector<std::string>& labels() const { return parts_.labels; }
  const model::ModelInfo& model_info() const { return parts_.model->info(); }
  int samples() const { return parts_.samples; }
  const reliability::Profile* profile() const { return scorer_.profile(); }
  const std::string& warning() const { return parts_.warning; }
  void set_warning(std::string warning) { parts_.warning = std::move(warning); }
  // The calibration pictures for explanations; nullptr when the version keeps none.
  const SimilarIndex* similar() const { return similar_ ? &*similar_ : nullptr; }
  void set_similar(SimilarIndex similar) { similar_ = std::move(similar); }
  // How many golden inputs it answered as recorded, at load.
  std::size_t golden_inputs() const { return golden_inputs_; }
  void set_golden_inputs(std::size_t count) { golden_inputs_ = count; }
  int lanes() const { return static_cast<int>(parts_.sessions.size()); }
  int batch_max() const;  // pictures a Run
  const image::DecodeLimits& decode_limits() const { return parts_.decode_limits; }

  // Decodes and adapts. Sets picture.error when the bytes are no acceptable picture.
  void Prepare(Picture& picture, Workspace& workspace) const;

  // Predicts. A picture whose model output is not finite gets an error, never a verdict.
  // REQUIRES: 1 <= pictures.size() <= batch_max(); each prepared, without error; lane < lanes().
  void Run(std::span<Picture* const> pictures, int lane) const;

  // The detector over live answers; nullptr without a profile. Who answers live requests calls
  // Watch for each batch after Run. REQUIRES: as Run.
  DriftWatch* drift() const { return drift_.get(); }
  void Watch(std::span<const Picture* const> pictures, int lane) const;

  // Time of Run for one picture, measured at load; decides where requests run.
  std::chrono::nanoseconds run_cost() const { return run_cost_; }
  void set_run_cost(std::chrono::nanoseconds cost) { run_cost_ = cost; }
  metrics::PredictorMetrics& metrics() { return metrics_; }
  const metrics::PredictorMetrics& metrics() const { return metrics_; }

 private:
  Parts parts_;
  const Scorer scorer_;
  std::vector<std::unique_ptr<ScoreScratch>> scratch_;  // one a lane
  std::optional<SimilarIndex> similar_;
  std::size_t golden_inputs_ = 0;
  std::unique_ptr<DriftWatch> drift_;
  const Clock& clock_;
  std::chrono::nanoseconds run_cost_{0};
  metrics::PredictorMetrics metrics_;
};

}  // namespace credence::predictor
