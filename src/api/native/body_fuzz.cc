#include <cstdint>
#include <vector>

#include "api/native/body.h"
#include "model/fake/fake_model.h"
#include "predictor/load.h"

namespace {

class NullJob final : public credence::serving::Job {
  void Complete() override {}
  void PostComplete() override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace credence;
  static const SystemClock clock;
  static const std::shared_ptr<predictor::Predictor> predictor =
      *predictor::Assemble("fake", 1, model::MakeFake({}), std::nullopt, {}, clock);
  std::vector<std::uint8_t> body(data, data + size);
  body.resize(size + http::kBodyPadding);
  http::Request request{};
  request.body = {body.data(), size};
  NullJob job;
  job.predictor = predictor;
  std::vector<std::vector<std::uint8_t>> kept;
  api::native::BodyReader reader;
  (void)reader.Read(request, job, kept);
  return 0;
}
