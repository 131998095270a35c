// ModelRunner runs a model over canonical pictures, as the predictor does for a request: tensor in
// the contract's layout and range, logits by the profile's rule, the mean of N passes for a model
// that answers at random.
//
// Confined to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "calibration/progress.h"
#include "fitting/fit.h"
#include "image/input_contract.h"
#include "model/model.h"
#include "reliability/logits.h"

namespace credence::calibration {

struct RunSettings {
  image::ValueRange range;
  int passes = 1;  // evaluations a picture; > 1: their mean softmax as logits, their mean features
  reliability::LogitRule rule = reliability::LogitRule::kAsGiven;
};

class ModelRunner {
 public:
  // Errors: kInternal - the engine cannot make a session. REQUIRES: `model` outlives the runner.
  static Result<ModelRunner> Make(const model::Model& model, const image::InputContract& contract);

  std::size_t classes() const;
  // Values of the feature tap; 0 when there is none, or it is of a length that profiles do without.
  std::size_t feature_size() const { return feature_size_; }
  reliability::PictureShape shape() const;

  // pictures: [count, height, width, channels], canonical. Logits that are not finite are given
  // back as such; with several passes then all of the picture's logits are NaN.
  // Errors: kInternal - the engine failed.
  Result<fitting::ModelOutputs> Run(std::span<const std::uint8_t> pictures, std::size_t count,
                                    const RunSettings& settings, const Progress& progress = {});

 private:
  ModelRunner(const model::Model& model, std::unique_ptr<model::Session> session,
              const image::InputContract& contract);
  // Evaluates pictures first .. first + count - 1 and appends to `out`.
  Result<void> RunChunk(std::span<const std::uint8_t> pictures, std::size_t count,
                        const RunSettings& settings, fitting::ModelOutputs& out);
  void Combine(const fitting::ModelOutputs& raw, std::size_t count, std::size_t passes,
               fitting::ModelOutputs& out);

  const model::Model* model_;
  std::unique_ptr<model::Session> session_;
  image::InputContract contract_;
  std::size_t feature_size_;
};

}  // namespace credence::calibration
