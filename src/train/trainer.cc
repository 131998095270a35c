#include "train/trainer.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/random.h"
#include "train/batch.h"
#include "train/checkpoint.h"

namespace credence::train {
namespace {

constexpr std::size_t kEvaluationBatch = 500;
constexpr std::chrono::milliseconds kProgressEvery{200};

// Mean loss and accuracy over batches.
class Tally {
 public:
  void Add(double loss, const torch::Tensor& logits, const torch::Tensor& labels) {
    const std::int64_t n = labels.size(0);
    loss_ += loss * static_cast<double>(n);
    right_ += logits.argmax(1).eq(labels).sum().item<std::int64_t>();
    rows_ += n;
  }
  Quality Mean() const {
    const double rows = static_cast<double>(std::max<std::int64_t>(rows_, 1));
    return {loss_ / rows, static_cast<double>(right_) / rows};
  }
  std::int64_t rows() const { return rows_; }

 private:
  double loss_ = 0;
  std::int64_t right_ = 0, rows_ = 0;
};

template <class Forward>
Quality Measure(const Examples& examples, std::span<const std::int64_t> rows, Forward forward) {
  const torch::NoGradGuard no_grad;
  Tally tally;
  for (std::size_t at = 0; at < rows.size(); at += kEvaluationBatch) {
    const Batch batch =
        MakeBatch(examples, rows.subspan(at, std::min(kEvaluationBatch, rows.size() - at)));
    const torch::Tensor logits = forward(batch.pictures);
    tally.Add(torch::nn::functional::cross_entropy(logits, batch.labels).item<double>(), logits,
              batch.labels);
  }
  return tally.Mean();
}

std::vector<torch::optim::OptimizerParamGroup> Groups(torch::nn::Module& module) {
  std::vector<torch::Tensor> weights, others;  // biases and batch norm are not decayed
  for (const torch::Tensor& tensor : module.parameters()) {
    (tensor.dim() > 1 ? weights : others).push_back(tensor);
  }
  return {torch::optim::OptimizerParamGroup(weights), torch::optim::OptimizerParamGroup(others)};
}

std::unique_ptr<torch::optim::Optimizer> MakeOptimiser(const Recipe& recipe, Net& net) {
  auto groups = Groups(net.module());
  if (recipe.optimiser == Optimiser::kAdam) {
    return std::make_unique<torch::optim::Adam>(groups,
                                                torch::optim::AdamOptions(recipe.learning_rate));
  }
  const auto options = torch::optim::AdamWOptions(recipe.learning_rate);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto own = std::make_unique<torch::optim::AdamWOptions>(options);
    own->weight_decay(i == 0 ? recipe.weight_decay : 0);
    groups[i].set_options(std::move(own));
  }
  return std::make_unique<torch::optim::AdamW>(groups, options);
}

std::vector<torch::Tensor> Values(torch::nn::Module& module) {
  std::vector<torch::Tensor> values = module.parameters();
  const std::vector<torch::Tensor> buffers = module.buffers();
  values.insert(values.end(), buffers.begin(), buffers.end());
  return values;
}

std::vector<torch::Tensor> Copies(torch::nn::Module& module) {
  std::vector<torch::Tensor> copies;
  for (const torch::Tensor& tensor : Values(module)) copies.push_back(tensor.detach().clone());
  return copies;
}

void Restore(const std::vector<torch::Tensor>& copies, torch::nn::Module& module) {
  const torch::NoGradGuard no_grad;
  const std::vector<torch::Tensor> values = Values(module);
  for (std::size_t i = 0; i < values.size(); ++i) values[i].detach().copy_(copies.at(i));
}

bool Better(const Quality& a, const Quality& b) {
  return a.accuracy != b.accuracy ? a.accuracy > b.accuracy : a.loss < b.loss;
}

// The record with the best validation. REQUIRES: epochs is not empty.
const EpochRecord& Best(const std::vector<EpochRecord>& epochs) {
  const EpochRecord* best = &epochs.front();
  for (const EpochRecord& epoch : epochs) {
    if (Better(epoch.validation, best->validation)) best = &epoch;
  }
  return *best;
}

// Whether the last `patience` epochs brought no lower validation loss.
bool OutOfPatience(const std::vector<EpochRecord>& epochs, int patience) {
  if (patience == 0 || epochs.empty()) return false;
  const auto lowest = std::min_element(
      epochs.begin(), epochs.end(),
      [](const auto& a, const auto& b) { return a.validation.loss < b.validation.loss; });
  return epochs.back().epoch - lowest->epoch >= patience;
}

std::string RunName(const Examples& examples, const data::HoldOut& split, const NetSpec& spec,
                    const Recipe& recipe, const TrainerOptions& options) {
  return "recipe " + recipe.name + ", " + std::to_string(recipe.epochs) + " epochs of " +
         std::to_string(split.kept.size()) + " rows by " + std::to_string(recipe.batch) +
         ", rate " + std::to_string(recipe.learning_rate) + ", " + Describe(spec) + ", seed " +
         std::to_string(options.seed) + ", data " + examples.made_sha256;
}

class Run {
 public:
  Run(const Examples& examples, const data::HoldOut& split, const NetSpec& spec,
      const Recipe& recipe, const TrainerOptions& options, const Clock& clock)
      : examples_(examples),
        split_(split),
        recipe_(recipe),
        options_(options),
        clock_(clock),
        name_(RunName(examples, split, spec, recipe, options)),
        net_((torch::manual_seed(options.seed), spec)),
        optimiser_(MakeOptimiser(recipe, net_)) {
    const auto rows = static_cast<std::int64_t>(split.kept.size());
    steps_ = rows / recipe.batch + (rows % recipe.batch > 1 ? 1 : 0);  // batch norm needs two
  }

  Result<Trained> Go() {
    RunState state{net_, *optimiser_, best_, epochs_};
    if (options_.resume && std::filesystem::exists(options_.checkpoint)) {
      if (auto loaded = LoadCheckpoint(options_.checkpoint, name_, state); !loaded) {
        return loaded.error();
      }
      if (options_.on_epoch) std::for_each(epochs_.begin(), epochs_.end(), options_.on_epoch);
    }
    while (static_cast<int>(epochs_.size()) < recipe_.epochs && !stopped_early()) {
      auto record = Epoch(static_cast<int>(epochs_.size()) + 1);
      if (!record) return record.error();
      const bool best = epochs_.empty() || Better(record->validation, Best(epochs_).validation);
      epochs_.push_back(*record);
      if (best) best_ = Copies(net_.module());
      if (!options_.checkpoint.empty()) {
        if (auto saved = SaveCheckpoint(options_.checkpoint, name_, state); !saved) {
          return saved.error();
        }
      }
      if (options_.on_epoch) options_.on_epoch(*record);
    }
    Restore(best_, net_.module());
    return Trained{.net = net_.Freeze(),
                   .best_epoch = Best(epochs_).epoch,
                   .validation = Best(epochs_).validation,
                   .epochs = epochs_,
                   .stopped_early = stopped_early()};
  }

 private:
  bool stopped_early() const { return OutOfPatience(epochs_, recipe_.patience_epochs); }

  std::vector<std::int64_t> Shuffled(int epoch) const {
    std::vector<std::int64_t> rows = split_.kept;
    Random random(options_.seed, EpochStream(epoch));
    for (std::size_t left = rows.size(); left > 1; --left) {
      std::swap(rows[left - 1], rows[random.Below(left)]);
    }
    return rows;
  }

  Error NotFinite(int epoch, const std::string& where) const {
    return Error{Code::kFailedPrecondition,
                 "the loss is no longer a finite number (epoch " + std::to_string(epoch) + ", " +
                     where + ", learning rate " + std::to_string(rate_) +
                     "); try a lower learning rate" +
                     (options_.checkpoint.empty() || epoch == 1
                          ? ""
                          : "; " + options_.checkpoint.string() + " holds epoch " +
                                std::to_string(epoch - 1))};
  }

  Result<EpochRecord> Epoch(int epoch) {
    const SteadyTime began = clock_.Now();
    const std::vector<std::int64_t> rows = Shuffled(epoch);
    net_.SetTraining(true);
    Tally tally;
    for (std::int64_t step = 0; step < steps_; ++step) {
      if (options_.stop != nullptr && *options_.stop) {
        return Error{Code::kUnavailable, "stopped in epoch " + std::to_string(epoch)};
      }
      const auto at = static_cast<std::size_t>(step * recipe_.batch);
      const std::size_t n = std::min(static_cast<std::size_t>(recipe_.batch), rows.size() - at);
      rate_ = LearningRate(recipe_, (epoch - 1) * steps_ + step, steps_ * recipe_.epochs);
      if (!Step(MakeBatch(examples_, std::span(rows).subspan(at, n), Varied(epoch)), tally)) {
        return NotFinite(epoch, "step " + std::to_string(step + 1));
      }
      Report(epoch, step + 1, tally, began);
    }
    net_.SetTraining(false);
    const Quality validation = Measure(examples_, split_.held_out,
                                       [&](const torch::Tensor& x) { return net_.Forward(x); });
    if (!std::isfinite(validation.loss)) return NotFinite(epoch, "validation");
    const double seconds = std::chrono::duration<double>(clock_.Now() - began).count();
    return EpochRecord{.epoch = epoch,
                       .learning_rate = rate_,
                       .train = tally.Mean(),
                       .validation = validation,
                       .images_per_second = static_cast<double>(tally.rows()) / seconds,
                       .seconds = seconds};
  }

  Variation Varied(int epoch) const {
    return {.augmentation = recipe_.augmentation, .seed = options_.seed, .epoch = epoch};
  }

  // Returns whether the loss was finite; when not, the weights are left as they were.
  bool Step(const Batch& batch, Tally& tally) {
    for (auto& group : optimiser_->param_groups()) group.options().set_lr(rate_);
    optimiser_->zero_grad();
    const torch::Tensor logits = net_.Forward(batch.pictures);
    const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, batch.labels);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) return false;
    loss.backward();
    optimiser_->step();
    const torch::NoGradGuard no_grad;
    tally.Add(value, logits, batch.labels);
    return true;
  }

  void Report(int epoch, std::int64_t step, const Tally& tally, SteadyTime began) {
    const SteadyTime now = clock_.Now();
    if (!options_.on_progress || (now - reported_ < kProgressEvery && step != steps_)) return;
    reported_ = now;
    const double seconds = std::max(std::chrono::duration<double>(now - began).count(), 1e-9);
    const double per_step = seconds / static_cast<double>(step);
    options_.on_progress(
        {.epoch = epoch,
         .epochs = recipe_.epochs,
         .step = step,
         .steps = steps_,
         .train = tally.Mean(),
         .images_per_second = static_cast<double>(tally.rows()) / seconds,
         .seconds_left =
             per_step * static_cast<double>(steps_ * (recipe_.epochs - epoch + 1) - step)});
  }

  const Examples& examples_;
  const data::HoldOut& split_;
  const Recipe& recipe_;
  const TrainerOptions& options_;
  const Clock& clock_;
  const std::string name_;
  Net net_;
  std::unique_ptr<torch::optim::Optimizer> optimiser_;
  std::vector<torch::Tensor> best_;
  std::vector<EpochRecord> epochs_;
  std::int64_t steps_ = 0;  // an epoch
  double rate_ = 0;
  SteadyTime reported_{};
};

Result<void> Check(const Examples& examples, const data::HoldOut& split, const NetSpec& spec,
                   const Recipe& recipe, const TrainerOptions& options) {
  const auto invalid = [](std::string message) {
    return Error{Code::kInvalidArgument, std::move(message)};
  };
  if (auto shapes = Shapes(spec); !shapes) return shapes.error();
  if (spec.input.size() != examples.shape.size() ||
      spec.classes != static_cast<int>(examples.classes.size())) {
    return invalid("the network's input or classes are not the data's");
  }
  if (recipe.epochs < 1 || recipe.epochs > 10'000) {
    return invalid("epochs is " + std::to_string(recipe.epochs) + "; it must be 1..10000");
  }
  if (recipe.batch < 2 || recipe.batch > 65'536) {
    return invalid("batch is " + std::to_string(recipe.batch) + "; it must be 2..65536");
  }
  if (options.threads < 1 || options.threads > 256) {
    return invalid("threads is " + std::to_string(options.threads) + "; it must be 1..256");
  }
  if (split.kept.size() < 2 || split.held_out.empty()) {
    return invalid("there are " + std::to_string(split.kept.size()) + " rows to train on and " +
                   std::to_string(split.held_out.size()) + " to validate with; 2 and 1 are needed");
  }
  return {};
}

torch::Tensor AsTensor(const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
  return torch::tensor(at::ArrayRef<float>(values)).view(shape);
}

torch::Tensor ForwardFrozen(const FrozenNet& net, torch::Tensor at) {
  for (std::size_t i = 0; i < net.layers.size(); ++i) {
    if (const auto* conv = std::get_if<FrozenConv>(&net.layers[i])) {
      const torch::Tensor weights =
          AsTensor(conv->weights, {conv->kernel, conv->kernel, conv->inputs, conv->filters})
              .permute({3, 2, 0, 1});
      const int padding = conv->padding == Padding::kSame ? conv->kernel / 2 : 0;
      at = torch::relu(
          torch::conv2d(at, weights, AsTensor(conv->bias, {conv->filters}), 1, padding));
    } else if (const auto* dense = std::get_if<FrozenDense>(&net.layers[i])) {
      if (at.dim() == 4) at = at.permute({0, 2, 3, 1}).flatten(1);
      at = at.matmul(AsTensor(dense->weights, {dense->inputs, dense->units})) +
           AsTensor(dense->bias, {dense->units});
      if (i + 1 < net.layers.size()) at = torch::relu(at);
    } else {
      at = torch::max_pool2d(at, 2);
    }
  }
  return at;
}

}  // namespace

Result<Trained> Train(const Examples& examples, const data::HoldOut& split, const NetSpec& spec,
                      const Recipe& recipe, const TrainerOptions& options, const Clock& clock) {
  if (auto checked = Check(examples, split, spec, recipe, options); !checked) {
    return checked.error();
  }
  try {
    torch::set_num_threads(options.threads);
    at::globalContext().setDeterministicAlgorithms(true, false);
    return Run(examples, split, spec, recipe, options, clock).Go();
  } catch (const std::exception& error) {
    return Error{Code::kInternal, std::string("libtorch failed: ") + error.what()};
  }
}

Result<Quality> Evaluate(const FrozenNet& net, const Examples& examples) {
  if (net.input.size() != examples.shape.size()) {
    return Error{Code::kInvalidArgument, "the pictures are not of the network's size"};
  }
  try {
    std::vector<std::int64_t> rows(examples.labels.size());
    std::iota(rows.begin(), rows.end(), 0);
    return Measure(examples, rows, [&](const torch::Tensor& x) { return ForwardFrozen(net, x); });
  } catch (const std::exception& error) {
    return Error{Code::kInternal, std::string("libtorch failed: ") + error.what()};
  }
}

}  // namespace credence::train
