// The first line is the header's value, what follows is the body.
#include <cstdint>
#include <optional>
#include <string_view>

#include "api/kserve/read.h"
#include "api/tensor/inputs.h"
#include "base/clock.h"
#include "model/fake/fake_model.h"
#include "predictor/load.h"

namespace {

using namespace credence;

const SystemClock kClock;

predictor::Loaded Load(std::unique_ptr<model::Model> model) {
  return *predictor::Assemble({.name = "m"}, std::move(model), {}, {}, kClock);
}

void Try(const api::kserve::Parts& parts, const predictor::Predictor& predictor) {
  api::kserve::InferAsked asked;
  api::tensor::SentTensors sent;
  api::kserve::Kept kept;
  Recycled<predictor::Input> inputs;
  if (api::kserve::ReadInfer(parts, predictor, asked, sent, kept)) {
    (void)api::tensor::MakeInputs(sent, predictor, inputs);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const predictor::Loaded pictures = Load(model::MakeFake({}));
  static const predictor::Loaded tensors = Load(model::MakeAddingFake());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  if (line == text.npos) return 0;
  std::optional<std::string_view> length;
  if (line > 0) length = text.substr(0, line);
  const auto parts = api::kserve::SplitBody({data + line + 1, size - line - 1}, length);
  if (!parts) return 0;
  Try(*parts, *pictures.predictor);
  Try(*parts, *tensors.predictor);
  return 0;
}
