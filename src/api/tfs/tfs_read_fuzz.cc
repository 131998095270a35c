#include <cstdint>
#include <string_view>

#include "api/tensor/inputs.h"
#include "api/tfs/read.h"
#include "base/clock.h"
#include "model/fake/fake_model.h"
#include "predictor/load.h"

namespace {

using namespace credence;

const SystemClock kClock;

predictor::Loaded Load(std::unique_ptr<model::Model> model) {
  return *predictor::Assemble({.name = "m"}, std::move(model), {}, {}, kClock);
}

void Try(std::string_view body, const predictor::Predictor& predictor) {
  api::tensor::SentTensors sent;
  api::tfs::Kept kept;
  Recycled<predictor::Input> inputs;
  if (const auto read = api::tfs::ReadPredictBody(body)) {
    if (api::tfs::ReadValues(*read, predictor, sent, kept)) {
      (void)api::tensor::MakeInputs(sent, predictor, inputs);
    }
  }
  if (predictor.model_info().inputs.size() != 1) return;
  if (const auto read = api::tfs::ReadExamplesBody(body, "classify")) {
    (void)api::tfs::ReadExamples(*read, predictor, sent, kept);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const predictor::Loaded pictures = Load(model::MakeFake({}));
  static const predictor::Loaded tensors = Load(model::MakeAddingFake());
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  Try(body, *pictures.predictor);
  Try(body, *tensors.predictor);
  return 0;
}
