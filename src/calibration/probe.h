// ProbeModel finds the value range that a model takes and what its outputs are, on rows of A.
// Threads: confined to the runner's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "calibration/run_model.h"
#include "fitting/choose_scaling.h"
#include "image/input_contract.h"
#include "reliability/logits.h"
#include "reliability/profile.h"
#include "reliability/scaling.h"

namespace credence::calibration {

struct ProbeOptions {
  std::optional<image::ValueRange> range = {};  // the user's or the version's; nullopt: choose
  // Try the common ones beside `range`, too, and tell of one that is clearly better.
  bool doubt_range = false;
  bool bytes = false;        // the model takes uint8: the range is 0..255
  bool detect_rule = false;  // the tap may hold probabilities
  int samples = 10;          // passes, if the model answers at random
  // Of class k its place in another order that the classes may have; empty: there is none.
  std::vector<std::int32_t> other_order = {};
  bool colour = false;  // the model takes three channels, whose order nobody has said
};

// Nats by which another range must predict the labels better than the one that was stated. A
// hundred pictures can tell so much.
inline constexpr double kDoubtMargin = 0.1;

struct Probe {
  reliability::Scaling scaling;
  std::vector<reliability::ScalingRow> table;  // what was chosen from: one, if `range` was stated
  std::optional<reliability::ScalingRow> better;  // the best of all, if `range` is doubtful
  fitting::ScalingChoice choice;
  reliability::LogitRule rule = reliability::LogitRule::kAsGiven;
  bool stochastic = false;
  bool other_order = false;  // the classes have the other order: with it the labels are predicted
};

// Puts `order` [label] in the place of each label.
void Reorder(std::span<const std::int32_t> order, std::span<std::int32_t> labels);

// pictures: [labels.size(), …] canonical: fitting::ScalingRows of A.
// Errors: kFailedPrecondition - the range, or none of the candidates, predicts the labels: the
//         message says the likeliest cause, and the flag; kInternal - the engine failed.
Result<Probe> ProbeModel(ModelRunner& runner, std::span<const std::uint8_t> pictures,
                         std::span<const std::int32_t> labels, const ProbeOptions& options);

}  // namespace credence::calibration
