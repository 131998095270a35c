#include "api/tfs/endpoints.h"

#include <gmock/gmock.h>

#include "api/test_service.h"

namespace credence::api::tfs {
namespace {

using testing::HasSubstr;

// n white pictures as rows.
std::string Rows(std::size_t n) {
  nlohmann::json picture = nlohmann::json::array();
  for (int y = 0; y < 28; ++y) picture.push_back(std::vector<int>(28, 1));
  return nlohmann::json{{"instances", std::vector<nlohmann::json>(n, picture)}}.dump();
}

constexpr std::string_view kPredict = "/v1/models/digits:predict";

TEST_F(ServiceTest, TensorFlowServingsRowsAreAnsweredByRow) {
  const FakeSink& answer = Send("POST", kPredict, Rows(2));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.headers, HasSubstr("Credence-Verdict: unassessed, unassessed\r\n"));
  const auto body = nlohmann::json::parse(answer.body);
  EXPECT_EQ(body.size(), 1u);
  ASSERT_EQ(body["predictions"].size(), 2u);
  EXPECT_EQ(body["predictions"][0].size(), 10u);
  EXPECT_TRUE(body["predictions"][1][9].is_number_float());
}

TEST_F(ServiceTest, TensorFlowServingsErrorsArePlain) {
  for (const auto& [path, body, status] :
       {std::tuple{"/v1/models/digits:predict", "{}", 400},
        {"/v1/models/nope:predict", R"({"instances": [1]})", 404},
        {"/v1/models/nope:predict", "nonsense", 400},
        {"/v1/models/digits/versions/x:predict", R"({"instances": [1]})", 400},
        {"/v1/models/digits/labels/x:predict", R"({"instances": [1]})", 400},
        {"/v1/models/digits/nothing", "", 404},
        {"/v1/models/digits", "", 405},
        {"/v1/models/%zz:predict", "{}", 400}}) {
    const FakeSink& answer = Send("POST", path, body);
    EXPECT_EQ(answer.status, status) << path << answer.body;
    const auto error = nlohmann::json::parse(answer.body);
    EXPECT_EQ(error.size(), 1u);
    EXPECT_TRUE(error["error"].is_string());
  }
}

TEST_F(ServiceTest, TensorFlowServingsBodiesAreReadWhateverTheirType) {
  const FakeSink& answer =
      Send("POST", kPredict, Rows(1), {{"content-type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(Send("POST", kPredict, Rows(1), {{"content-encoding", "br"}}).status, 415);
}

TEST_F(ServiceTest, TensorFlowServingsPredictionsAreCountedAsAllOthers) {
  Send("POST", kPredict, Rows(3));
  const std::string metrics = Send("GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("credence_requests_total{code=\"200\",predictor=\"digits\",route="
                                 "\"/v1/models/{name}:predict\",version=\"1\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("verdict=\"unassessed\""));
}

}  // namespace
}  // namespace credence::api::tfs
