#include "api/other_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "model/fake/fake_model.h"
#include "predictor/load.h"

namespace credence::api {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kPredict = "/v1/models/{name}:predict";

class OtherNamesTest : public testing::Test {
 protected:
  OtherNamesTest()
      : loaded_(*predictor::Assemble({.name = "digits", .version = 3}, model::MakeFake({}), {}, {},
                                     clock_)) {}

  void Count(const OtherNames& names, std::string_view route, int status) {
    OtherCounters(names, route, *loaded_.predictor, status, metrics_)
        .Count({.pictures = 2,
                .took = microseconds(100),
                .phases = {microseconds(1), microseconds(2), microseconds(3), microseconds(4),
                           microseconds(5), microseconds(6)}});
  }

  const SystemClock clock_;
  const predictor::Loaded loaded_;
  metrics::Metrics metrics_{"test", "fake"};
};

TEST_F(OtherNamesTest, NoneAreCountedUnlessAskedFor) {
  Count({}, kPredict, 200);
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr("tensorflow")));
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr("nv_")));
}

TEST_F(OtherNamesTest, TensorFlowServingCountsMicroseconds) {
  Count({.tensorflow = true}, kPredict, 200);
  Count({.tensorflow = true}, "/tensorflow.serving.PredictionService/Predict", 200);
  Count({.tensorflow = true}, "/v1/models/{name}:classify", 404);
  const std::string text = metrics_.Text();
  for (const char* line : {
           ":tensorflow:serving:request_count{model_name=\"digits\",status=\"OK\"} 2\n",
           ":tensorflow:serving:request_count{model_name=\"digits\",status=\"NOT_FOUND\"} 1\n",
           ":tensorflow:serving:request_example_count_total{model=\"digits\"} 4\n",
           ":tensorflow:serving:request_latency_sum{API=\"Predict\",entrypoint=\"REST\","
           "model_name=\"digits\"} 100\n",
           ":tensorflow:serving:request_latency_sum{API=\"Predict\",entrypoint=\"GRPC\","
           "model_name=\"digits\"} 100\n",
           ",le=\"18\"} 0\n",
           ":tensorflow:serving:runtime_latency_sum{API=\"Predict\",model_name=\"digits\","
           "runtime=\"OpenVINO\"} 8\n",
       }) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, Not(HasSubstr("API=\"Classify\"")));  // failures have no latency there
  EXPECT_THAT(text, Not(HasSubstr("nv_")));
}

TEST_F(OtherNamesTest, TritonAddsUpTheTimesOfEachVersion) {
  Count({.triton = true}, kPredict, 200);
  Count({.triton = true}, kPredict, 503);
  const std::string text = metrics_.Text();
  const std::string of = "{model=\"digits\",version=\"3\"} ";
  for (const auto& [name, value] :
       {std::pair("nv_inference_request_success", "1"), std::pair("nv_inference_count", "2"),
        std::pair("nv_inference_request_duration_us", "100"),
        std::pair("nv_inference_queue_duration_us", "1"),
        std::pair("nv_inference_compute_input_duration_us", "5"),
        std::pair("nv_inference_compute_infer_duration_us", "4"),
        std::pair("nv_inference_compute_output_duration_us", "11")}) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(name) + of + value + "\n"));
  }
  EXPECT_THAT(text, HasSubstr("nv_inference_request_failure{model=\"digits\",reason=\"REJECTED\","
                              "version=\"3\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("tensorflow")));
}

}  // namespace
}  // namespace credence::api
