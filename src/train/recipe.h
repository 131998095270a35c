// Recipe says how a network is trained: its plan, the optimiser, the schedule, the augmentation.
// Pure; no libtorch. Nothing here knows a particular data set.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/augment.h"
#include "train/net_spec.h"

namespace credence::train {

enum class Optimiser { kAdam, kAdamW };
enum class Schedule { kConstant, kOneCycle };

struct Recipe {
  std::string name;
  Optimiser optimiser = Optimiser::kAdam;
  double learning_rate = 1e-3;  // kOneCycle: the peak
  double weight_decay = 0;      // kAdamW only
  Schedule schedule = Schedule::kConstant;
  int batch = 32;
  int epochs = 10;
  int patience_epochs = 0;  // stop after so many epochs without a better validation loss; 0: never
  data::Augmentation augmentation;  // of each picture in each epoch
};

// "baseline": the plain one that others are measured against. "default": what a user should take.
// Errors: kInvalidArgument - another name; the message lists those there are.
Result<Recipe> RecipeNamed(std::string_view name);

// The recipe's network for pictures of `input` and so many classes. Small pictures are padded, and
// large ones get further stages, so that the last map has a few pixels and the weights stay few.
// Errors: kInvalidArgument - sides outside 4..128 px, channels or classes out of range.
Result<NetSpec> PlanNet(const Recipe& recipe, const Shape& input, int classes);

// The learning rate of `step` (from 0) of `steps`. kOneCycle: up along half a cosine during the
// first 30 %, then down to nearly nothing.
double LearningRate(const Recipe& recipe, std::int64_t step, std::int64_t steps);

}  // namespace credence::train
