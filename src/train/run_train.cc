#include "train/run_train.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include "data/split_names.h"
#include "train/examples.h"
#include "train/measured_contract.h"
#include "train/recipe.h"
#include "train/version_writer.h"

namespace credence::train {
namespace {

namespace fs = std::filesystem;

Result<Recipe> ChosenRecipe(const TrainOptions& options) {
  auto recipe = RecipeNamed(options.recipe);
  if (!recipe) return recipe.error();
  recipe->epochs = options.epochs.value_or(recipe->epochs);
  recipe->batch = options.batch.value_or(recipe->batch);
  recipe->learning_rate = options.learning_rate.value_or(recipe->learning_rate);
  recipe->patience_epochs = options.patience_epochs.value_or(recipe->patience_epochs);
  return recipe;
}

LoadExamplesOptions TrainingRows(const TrainOptions& options) {
  LoadExamplesOptions load;
  load.open.split = options.split;
  load.open.prefer = data::Prefer::kTrain;
  load.open.rows = options.rows;
  load.open.decode = options.decode;
  load.open.layout = options.layout;
  load.open.transpose = options.transpose;
  load.open.first_label = options.first_label;
  load.bad_files_max = options.bad_files_max;
  load.side_px = options.side_px;
  load.framing = options.framing;
  return load;
}

Result<data::HoldOut> HoldOut(const Examples& examples, const TrainOptions& options) {
  if (!(options.validation_share > 0 && options.validation_share <= 0.9)) {
    return Error{Code::kInvalidArgument, "the validation share is " +
                                             std::to_string(options.validation_share) +
                                             "; it must be in (0, 0.9]"};
  }
  return data::HoldOutRows(
      examples.labels,
      {.share = options.validation_share, .seed = options.seed, .groups = examples.groups});
}

// How the rows were divided. Whole groups seldom make just the share that was asked for.
std::string Divided(const Examples& examples, const data::HoldOut& split, double share) {
  std::string text = std::to_string(split.kept.size()) + " to train on, " +
                     std::to_string(split.held_out.size()) + " to validate with";
  if (examples.groups.empty()) return text;
  std::set<std::int32_t> held_out;
  for (const std::int64_t row : split.held_out) {
    held_out.insert(examples.groups[static_cast<std::size_t>(row)]);
  }
  const std::set<std::int32_t> all(examples.groups.begin(), examples.groups.end());
  char groups[160];
  std::snprintf(
      groups, sizeof groups,
      " (%zu of %zu groups, which are not divided: %.1f %% of the rows for the %.1f %% "
      "of --validation)",
      held_out.size(), all.size(),
      100.0 * static_cast<double>(split.held_out.size()) / static_cast<double>(examples.rows()),
      100 * share);
  return text + groups;
}

// The data's test split, where it has one beside the split that was trained on.
Result<std::optional<Examples>> LoadTest(const TrainOptions& options, const Examples& train) {
  LoadExamplesOptions load = TrainingRows(options);
  const auto splits = data::Splits(options.data, load.open);
  if (!splits) return splits.error();
  const auto test = std::find_if(splits->begin(), splits->end(), [](const std::string& split) {
    return data::RoleOf(split) == data::Role::kTest;
  });
  if (test == splits->end() || *test == train.split) return std::optional<Examples>();
  load.open.split = *test;
  load.open.rows = {};
  load.open.classes = train.classes;
  auto examples = LoadExamples(options.data, load);
  if (!examples) return Annotate(examples.error(), "test split");
  return std::optional<Examples>(*std::move(examples));
}

DataProvenance Of(const Examples& examples) {
  return {.source = examples.source, .sha256 = examples.sha256, .rows = examples.rows()};
}

// Trains in OUT/NAME/.training.
Result<Trained> TrainThere(const fs::path& workspace, const Examples& examples,
                           const data::HoldOut& split, const NetSpec& spec, const Recipe& recipe,
                           const TrainOptions& options, const Clock& clock) {
  std::error_code error;
  fs::create_directories(workspace, error);
  if (error) {
    return Error{Code::kUnavailable, "cannot make " + workspace.string() + ": " + error.message()};
  }
  std::ofstream log(workspace / "training.jsonl", std::ios::binary);
  return Train(examples, split, spec, recipe,
               {.seed = options.seed,
                .threads = options.threads,
                .checkpoint = workspace / "checkpoint",
                .resume = options.resume,
                .on_progress = options.on_progress,
                .on_epoch =
                    [&](const EpochRecord& epoch) {
                      log << EncodeEpoch(epoch) << std::flush;
                      if (options.on_epoch) options.on_epoch(epoch);
                    },
                .stop = options.stop},
               clock);
}

}  // namespace

std::string PredictorName(const TrainOptions& options) {
  if (!options.name.empty()) return options.name;
  const fs::path path = fs::absolute(options.data).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).stem().string();
}

Result<TrainOutcome> RunTrain(const TrainOptions& options, const Clock& clock) {
  const auto note = [&](const std::string& text) {
    if (options.on_note) options.on_note(text);
  };
  auto recipe = ChosenRecipe(options);
  if (!recipe) return recipe.error();
  auto examples = LoadExamples(options.data, TrainingRows(options));
  if (!examples) return examples.error();
  for (const std::string& text : examples->notes) note(text);
  auto split = HoldOut(*examples, options);
  if (!split) return split.error();
  auto spec = PlanNet(*recipe, examples->shape, static_cast<int>(examples->classes.size()));
  if (!spec) return spec.error();
  const std::int64_t parameters = CountParameters(*spec);
  note(examples->source + ": " + Divided(*examples, *split, options.validation_share) + ", " +
       std::to_string(examples->classes.size()) + " classes");
  note("recipe " + recipe->name + ": " + Describe(*spec) + "; " + std::to_string(parameters) +
       " parameters");

  const fs::path predictor = options.out / PredictorName(options);
  const fs::path workspace = predictor / ".training";
  auto trained = TrainThere(workspace, *examples, *split, *spec, *recipe, options, clock);
  if (!trained) return trained.error();

  auto test = LoadTest(options, *examples);
  if (!test) return test.error();
  TrainOutcome outcome{
      .version = {}, .trained = *std::move(trained), .test = {}, .parameters = parameters};
  Provenance provenance{.tool = options.tool,
                        .recipe = recipe->name,
                        .network = Describe(*spec),
                        .parameters = parameters,
                        .seed = options.seed,
                        .threads = options.threads,
                        .epochs = static_cast<int>(outcome.trained.epochs.size()),
                        .best_epoch = outcome.trained.best_epoch,
                        .train = Of(*examples),
                        .test = {},
                        .validation_share = options.validation_share,
                        .validation_rows = static_cast<std::int64_t>(split->held_out.size()),
                        .validation = outcome.trained.validation,
                        .test_quality = {}};
  if (*test) {
    auto quality = Evaluate(outcome.trained.net, **test);
    if (!quality) return quality.error();
    outcome.test = provenance.test_quality = *quality;
    provenance.test = Of(**test);
  }
  auto version = WriteVersion(predictor, {.net = outcome.trained.net,
                                          .element = options.element,
                                          .contract = MeasureContract(*examples),
                                          .labels = examples->classes,
                                          .provenance = provenance,
                                          .pictures = data::MakeUsedPictures(
                                              examples->sha256, std::move(examples->pictures)),
                                          .epochs = outcome.trained.epochs});
  if (!version) return version.error();
  outcome.version = *version;
  std::error_code ignored;  // the version is there; a workspace that stays does no harm
  fs::remove_all(workspace, ignored);
  return outcome;
}

}  // namespace credence::train
