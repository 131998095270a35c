#include "train/recipe.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace credence::train {
namespace {

constexpr int kSideMin = 4;
constexpr int kSideMax = 128;
constexpr int kValidSideMin = 24;  // of the map after the stages: below, convolutions are padded
constexpr int kStageSideMax = 32;  // above, one more stage halves the map

// Half a cosine from `from` to `to` as `share` goes from 0 to 1.
double Anneal(double from, double to, double share) {
  return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * share));
}

std::vector<Layer> BaselineLayers(Padding padding) {
  const Conv first{.filters = 32, .kernel = 3, .padding = padding};
  const Conv next{.filters = 64, .kernel = 3, .padding = padding};
  return {first, MaxPool{}, next, MaxPool{}, next, Dense{.units = 64}};
}

std::vector<Layer> DefaultLayers(Padding padding) {
  const auto conv = [&](int filters, int kernel) {
    return Conv{.filters = filters, .kernel = kernel, .padding = padding, .batch_norm = true};
  };
  return {conv(32, 5),
          MaxPool{},
          conv(64, 3),
          conv(64, 3),
          MaxPool{},
          conv(96, 3),
          Dense{.units = 64, .batch_norm = true}};
}

}  // namespace

Result<Recipe> RecipeNamed(std::string_view name) {
  if (name == "baseline") return Recipe{.name = "baseline", .augmentation = {}};
  if (name == "default") {
    return Recipe{.name = "default",
                  .optimiser = Optimiser::kAdamW,
                  .learning_rate = 4e-3,
                  .weight_decay = 0.01,
                  .schedule = Schedule::kOneCycle,
                  .batch = 128,
                  .epochs = 20,
                  .augmentation = {.rotate_deg = 12,
                                   .scale_share = 0.1,
                                   .shift_px = 2,
                                   .shear = 0.12,
                                   .elastic_px = 0.9,
                                   .elastic_cell_px = 7,
                                   .thickness_px = 0.5,
                                   .gamma = 0.2}};
  }
  return Error{Code::kInvalidArgument,
               "recipe \"" + std::string(name) + "\" is not known; use default or baseline"};
}

Result<NetSpec> PlanNet(const Recipe& recipe, const Shape& input, int classes) {
  const int smaller = std::min(input.height, input.width);
  if (smaller < kSideMin || std::max(input.height, input.width) > kSideMax) {
    return Error{Code::kInvalidArgument, "pictures of " + std::to_string(input.width) + "x" +
                                             std::to_string(input.height) + " px; sides of " +
                                             std::to_string(kSideMin) + ".." +
                                             std::to_string(kSideMax) + " px can be trained"};
  }
  int stages = 0;
  while (std::max(input.height, input.width) >> stages > kStageSideMax) ++stages;
  const Padding padding = smaller >> stages < kValidSideMin ? Padding::kSame : Padding::kValid;
  const bool plain = recipe.name == "baseline";
  NetSpec spec{.input = input,
               .layers = plain ? BaselineLayers(padding) : DefaultLayers(padding),
               .classes = classes};
  const Conv stage{.filters = 32, .kernel = 3, .padding = Padding::kSame, .batch_norm = !plain};
  for (int i = 0; i < stages; ++i) spec.layers.insert(spec.layers.begin(), {stage, MaxPool{}});
  if (auto shapes = Shapes(spec); !shapes) return shapes.error();
  return spec;
}

double LearningRate(const Recipe& recipe, std::int64_t step, std::int64_t steps) {
  if (recipe.schedule == Schedule::kConstant) return recipe.learning_rate;
  constexpr double kRise = 0.3;
  const double share = static_cast<double>(step) / static_cast<double>(std::max(steps, step + 1));
  if (share < kRise) {
    return Anneal(recipe.learning_rate / 25, recipe.learning_rate, share / kRise);
  }
  return Anneal(recipe.learning_rate, recipe.learning_rate / 1e4, (share - kRise) / (1 - kRise));
}

}  // namespace credence::train
