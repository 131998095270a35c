// ModelRunner runs a model over canonical pictures as the server runs it for requests, before there
// is a profile: what is learned is what a predictor says of the model with a contract under trial.
//
// Confined to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/clock.h"
#include "base/result.h"
#include "calibration/progress.h"
#include "fitting/fit.h"
#include "image/input_contract.h"
#include "model/model.h"
#include "predictor/predictor.h"

namespace credence::calibration {

// A predictor of `model` without a profile. REQUIRES: `clock` outlives it.
predictor::Predictor MakeTrial(std::shared_ptr<const model::Model> model,
                               const image::InputContract& contract,
                               const predictor::PassRule& passes, const image::DecodeLimits& limits,
                               const Clock& clock);

struct RunSettings {
  image::ValueRange range;
  predictor::PassRule passes = {};  // several: their mean softmax as logits, their mean features
};

class ModelRunner {
 public:
  // Errors: kInternal - the engine cannot make a session.
  static Result<ModelRunner> Make(std::shared_ptr<const model::Model> model,
                                  const image::InputContract& contract);

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
  ModelRunner(std::shared_ptr<const model::Model> model, std::unique_ptr<predictor::Runner> runner,
              const image::InputContract& contract);

  std::shared_ptr<const model::Model> model_;
  std::unique_ptr<predictor::Runner> runner_;
  image::InputContract contract_;
  std::size_t feature_size_;
};

}  // namespace credence::calibration
