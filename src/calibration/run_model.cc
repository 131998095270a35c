#include "calibration/run_model.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "reliability/profile.h"

namespace credence::calibration {
namespace {

using fitting::ModelOutputs;

template <class Value>
void Append(const std::vector<Value>& values, std::vector<Value>& out) {
  out.insert(out.end(), values.begin(), values.end());
}

}  // namespace

predictor::Predictor MakeTrial(std::shared_ptr<const model::Model> model,
                               const image::InputContract& contract,
                               const predictor::PassRule& passes, const image::DecodeLimits& limits,
                               const Clock& clock) {
  predictor::Parts parts;
  parts.name = "trial";
  parts.contract = contract;
  parts.model = std::move(model);
  parts.decode_limits = limits;
  parts.passes = passes;
  return predictor::Predictor(std::move(parts), clock);
}

Result<ModelRunner> ModelRunner::Make(std::shared_ptr<const model::Model> model,
                                      const image::InputContract& contract) {
  const SystemClock clock;
  auto runner = MakeTrial(model, contract, {}, {}, clock).NewRunner(0);
  if (!runner) return runner.error();
  return ModelRunner(std::move(model), *std::move(runner), contract);
}

ModelRunner::ModelRunner(std::shared_ptr<const model::Model> model,
                         std::unique_ptr<predictor::Runner> runner,
                         const image::InputContract& contract)
    : model_(std::move(model)), runner_(std::move(runner)), contract_(contract) {
  const auto tap = static_cast<std::size_t>(model_->info().view->feature_size);
  const bool usable = tap >= reliability::kFeatureSizeMin && tap <= reliability::kFeatureSizeMax;
  feature_size_ = usable ? tap : 0;
}

std::size_t ModelRunner::classes() const {
  return static_cast<std::size_t>(model_->info().view->classes);
}

reliability::PictureShape ModelRunner::shape() const {
  return {.height = static_cast<std::size_t>(contract_.height),
          .width = static_cast<std::size_t>(contract_.width),
          .channels = static_cast<std::size_t>(contract_.channels)};
}

Result<ModelOutputs> ModelRunner::Run(std::span<const std::uint8_t> pictures, std::size_t count,
                                      const RunSettings& settings, const Progress& progress) {
  contract_.range = settings.range;
  const SystemClock clock;
  const predictor::Predictor trial = MakeTrial(model_, contract_, settings.passes, {}, clock);
  const auto batch_max = static_cast<std::size_t>(trial.batch_max());
  std::vector<predictor::Answer> answers(batch_max);
  std::vector<predictor::Detail> details(batch_max);
  std::vector<predictor::Task> tasks(batch_max);
  for (std::size_t i = 0; i < batch_max; ++i) {
    answers[i].adapted.canonical.Reshape(contract_.width, contract_.height, contract_.channels);
    tasks[i] = {.answer = &answers[i], .detail = &details[i]};
  }
  ModelOutputs out;
  out.logits.reserve(count * classes());
  out.features.reserve(count * feature_size_);
  predictor::Timings timings;
  for (std::size_t first = 0; first < count; first += batch_max) {
    if (progress) progress("running the model", first, count);
    const std::size_t n = std::min(batch_max, count - first);
    for (std::size_t i = 0; i < n; ++i) {
      answers[i].Clear();
      const auto levels = pictures.subspan((first + i) * shape().size(), shape().size());
      std::ranges::copy(levels, answers[i].adapted.canonical.data.begin());
    }
    trial.Run(std::span(tasks).first(n), *runner_, timings);
    for (std::size_t i = 0; i < n; ++i) {
      if (details[i].logits.empty()) return *answers[i].error;
      Append(details[i].logits, out.logits);
      Append(details[i].variance, out.variance);
      if (feature_size_ != 0) Append(details[i].features, out.features);
    }
  }
  if (progress) progress("running the model", count, count);
  return out;
}

}  // namespace credence::calibration
