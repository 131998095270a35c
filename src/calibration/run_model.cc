#include "calibration/run_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "image/adapt.h"
#include "reliability/ensemble.h"
#include "reliability/profile.h"

namespace credence::calibration {
namespace {

using fitting::ModelOutputs;

bool Finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace

Result<ModelRunner> ModelRunner::Make(const model::Model& model,
                                      const image::InputContract& contract) {
  auto session = model.NewSession();
  if (!session) return session.error();
  return ModelRunner(model, *std::move(session), contract);
}

ModelRunner::ModelRunner(const model::Model& model, std::unique_ptr<model::Session> session,
                         const image::InputContract& contract)
    : model_(&model), session_(std::move(session)), contract_(contract) {
  const auto tap = static_cast<std::size_t>(model.info().view->feature_size);
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
  ModelOutputs out;
  out.logits.reserve(count * classes());
  out.features.reserve(count * feature_size_);
  for (std::size_t first = 0; first < count; first += fitting::kRunBatch) {
    if (progress) progress("running the model", first, count);
    const std::size_t n = std::min(fitting::kRunBatch, count - first);
    const auto chunk = pictures.subspan(first * shape().size(), n * shape().size());
    if (auto done = RunChunk(chunk, n, settings, out); !done) return done.error();
  }
  if (progress) progress("running the model", count, count);
  return out;
}

Result<void> ModelRunner::RunChunk(std::span<const std::uint8_t> pictures, std::size_t count,
                                   const RunSettings& settings, ModelOutputs& out) {
  contract_.range = settings.range;
  const std::size_t bytes = image::TensorBytes(contract_);
  const auto passes = static_cast<std::size_t>(settings.passes);
  const auto batch_max = static_cast<std::size_t>(model_->batch_max());
  ModelOutputs raw;  // of example e: pass e mod passes of picture e / passes
  image::Pixels picture;
  picture.Reshape(contract_.width, contract_.height, contract_.channels);
  for (std::size_t first = 0; first < count * passes; first += batch_max) {
    const std::size_t n = std::min(batch_max, count * passes - first);
    std::byte* tensor = session_->Input(static_cast<int>(n)).data();
    for (std::size_t e = first; e < first + n; ++e, tensor += bytes) {
      const auto levels = pictures.subspan(e / passes * picture.size(), picture.size());
      std::copy(levels.begin(), levels.end(), picture.data.begin());
      image::WriteTensor(picture, contract_, tensor);
    }
    const auto ran = session_->Run(static_cast<int>(n));
    if (!ran) return ran.error();
    raw.logits.insert(raw.logits.end(), ran->logits.begin(), ran->logits.end());
    if (feature_size_ != 0) {
      raw.features.insert(raw.features.end(), ran->features.begin(), ran->features.end());
    }
  }
  reliability::ToLogits(settings.rule, raw.logits);
  if (passes > 1) {
    Combine(raw, count, passes, out);
  } else {
    out.logits.insert(out.logits.end(), raw.logits.begin(), raw.logits.end());
    out.features.insert(out.features.end(), raw.features.begin(), raw.features.end());
  }
  return {};
}

void ModelRunner::Combine(const ModelOutputs& raw, std::size_t count, std::size_t passes,
                          ModelOutputs& out) {
  const std::size_t k = classes();
  std::vector<float> logits(k), variance(k), features(feature_size_);
  std::vector<double> scratch;
  for (std::size_t i = 0; i < count; ++i) {
    const auto rows = std::span(raw.logits).subspan(i * passes * k, passes * k);
    const auto taps =
        std::span(raw.features).subspan(i * passes * feature_size_, passes * feature_size_);
    if (Finite(rows)) {
      reliability::CombinePasses(rows, taps, passes, {logits, variance, features}, scratch);
    } else {
      std::fill(logits.begin(), logits.end(), std::numeric_limits<float>::quiet_NaN());
    }
    out.logits.insert(out.logits.end(), logits.begin(), logits.end());
    out.features.insert(out.features.end(), features.begin(), features.end());
    out.variance.insert(out.variance.end(), variance.begin(), variance.end());
  }
}

}  // namespace credence::calibration
