#include "api/kserve/endpoints.h"

#include <gmock/gmock.h>

#include <cstring>

#include "api/kserve/binary.h"
#include "api/test_service.h"

namespace credence::api::kserve {
namespace {

using testing::HasSubstr;

constexpr std::string_view kInfer = "/v2/models/digits/infer";

std::string InferBody(nlohmann::json shape = {1, 28, 28}) {
  return nlohmann::json{{"id", "a"},
                        {"inputs",
                         {{{"name", "input"},
                           {"shape", std::move(shape)},
                           {"datatype", "FP32"},
                           {"data", std::vector<float>(784, 1)}}}}}
      .dump();
}

TEST_F(ServiceTest, KservesInferIsAnswered) {
  const FakeSink& answer = Send("POST", kInfer, InferBody());
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto body = nlohmann::json::parse(answer.body);
  EXPECT_EQ(body["model_name"], "digits");
  EXPECT_EQ(body["id"], "a");
  EXPECT_EQ(body["parameters"]["verdict"], "unassessed");
  EXPECT_EQ(body["outputs"][0]["shape"], (std::vector<int>{1, 10}));
  EXPECT_EQ(body["outputs"][0]["data"].size(), 10u);
  EXPECT_THAT(answer.headers, testing::Not(HasSubstr("Inference-Header-Content-Length")));
}

TEST_F(ServiceTest, KservesRawBodyIsTheTensorAndItsAnswerIsBinary) {
  const std::vector<float> white(784, 1);
  std::string body(784 * sizeof(float), '\0');
  std::memcpy(body.data(), white.data(), body.size());
  const FakeSink& answer = Send("POST", kInfer, body, {{kLengthHeader, "0"}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  const std::size_t json = answer.body.size() - 10 * sizeof(float);
  EXPECT_THAT(answer.headers,
              HasSubstr("Inference-Header-Content-Length: " + std::to_string(json) + "\r\n"));
  EXPECT_TRUE(nlohmann::json::accept(answer.body.substr(0, json)));
}

TEST_F(ServiceTest, KservesErrorsArePlain) {
  for (const auto& [method, path, body, status] :
       {std::tuple{"POST", "/v2/models/digits/infer", InferBody({1, 28, 27}), 400},
        {"POST", "/v2/models/nope/infer", InferBody(), 404},
        {"POST", "/v2/models/digits/versions/x/infer", InferBody(), 404},
        {"GET", "/v2/models/digits/infer", std::string(), 405},
        {"GET", "/v2/models/nope/ready", std::string(), 404},
        {"GET", "/v2/logging", std::string(), 404},
        {"POST", "/v2/repository/models/digits/unload", std::string(), 403}}) {
    const FakeSink& answer = Send(method, path, body);
    EXPECT_EQ(answer.status, status) << path << answer.body;
    EXPECT_TRUE(nlohmann::json::parse(answer.body)["error"].is_string());
  }
}

TEST_F(ServiceTest, KservesModelDescribesItself) {
  const auto model = nlohmann::json::parse(Send("GET", "/v2/models/digits").body);
  EXPECT_EQ(model["inputs"][0]["shape"], (std::vector<int>{-1, 28, 28, 1}));
  const auto config = nlohmann::json::parse(Send("GET", "/v2/models/digits/config").body);
  EXPECT_EQ(config["input"][0]["dims"], (std::vector<int>{28, 28, 1}));
  EXPECT_GT(config["max_batch_size"], 0);
  Send("POST", kInfer, InferBody());
  Send("POST", kInfer, InferBody({1, 28, 27}));
  const auto stats = nlohmann::json::parse(Send("GET", "/v2/models/digits/stats").body);
  EXPECT_EQ(stats["model_stats"][0]["inference_count"], 1);
  EXPECT_EQ(stats["model_stats"][0]["inference_stats"]["success"]["count"], 1);
}

TEST(Binary, TextsHaveTheirLengthsBeforeThem) {
  std::string bytes;
  AppendText("ab", bytes);
  AppendText("", bytes);
  std::vector<std::span<const std::uint8_t>> texts;
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  ASSERT_TRUE(ReadTexts({data, bytes.size()}, "x", texts));
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_EQ(texts[0].size(), 2u);
  EXPECT_FALSE(ReadTexts({data, bytes.size() - 1}, "x", texts));
  EXPECT_FALSE(ReadTexts({data, 5}, "x", texts));
}

}  // namespace
}  // namespace credence::api::kserve
