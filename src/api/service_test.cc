#include "api/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <nlohmann/json.hpp>

#include "api/test_service.h"
#include "base/ascii.h"
#include "base/test_folder.h"
#include "serving/test_canary.h"

namespace credence::api {
namespace {

using testing::HasSubstr;

TEST_F(ServiceTest, PredictsAndSendsTimings) {
  const FakeSink& answer =
      Send("POST", "/v1/predict", R"({"image": [[255]]})", {{"x-request-id", "abc"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.headers, HasSubstr("X-Request-Id: abc\r\n"));
  EXPECT_THAT(answer.headers, HasSubstr("Server-Timing: queue;dur="));
  EXPECT_EQ(nlohmann::json::parse(answer.body)["label"], "9");
}

TEST_F(ServiceTest, AListHasAnAnswerOrAnErrorForEachPicture) {
  const FakeSink& answer = Send("POST", "/v1/predict", R"({"images": [[[255]], "aGk="]})");
  EXPECT_EQ(answer.status, 200);
  const auto list = nlohmann::json::parse(answer.body)["predictions"];
  EXPECT_EQ(list[0]["label"], "9");
  EXPECT_EQ(list[1]["error"]["code"], "unsupported_format");
}

TEST_F(ServiceTest, TheDigitContractAnswersOnePicture) {
  EXPECT_EQ(nlohmann::json::parse(
                Send("POST", "/predict", R"({"image": [[0]]})").body)["predicted_digit"],
            0);
  EXPECT_EQ(Send("POST", "/predict", R"({"images": [[[0]]]})").status, 400);
}

TEST_F(ServiceTest, PutPredictsAsPostDoes) {
  EXPECT_EQ(nlohmann::json::parse(Send("PUT", "/v1/predict", "[[255]]").body)["label"], "9");
  EXPECT_EQ(Send("PUT", "/predict", "[[255]]").status, 200);
}

TEST_F(ServiceTest, NumbersInAnotherShapeAreReshapedForTheDigitServicesClientsOnly) {
  std::string column = R"({"image": [[255])";
  for (int i = 1; i < 28 * 28; ++i) column.append(",[255]");
  column.append("]}");
  const FakeSink& digit = Send("POST", "/predict", column);
  ASSERT_EQ(digit.status, 200) << digit.body;
  EXPECT_EQ(nlohmann::json::parse(digit.body)["adaptations"][1],
            nlohmann::json::parse(R"({"step": "reshape", "shape": [784, 1]})"));
  const FakeSink& native = Send("POST", "/v1/predict", column);
  EXPECT_EQ(native.status, 400);
  EXPECT_THAT(native.body, HasSubstr("expected numbers of shape 28x28x1, got 784x1"));
}

TEST_F(ServiceTest, AnUnknownQueryParameterIsRefusedWithTheNearestName) {
  const FakeSink& misspelt = Send("POST", "/v1/predict?verison=1", "[[1]]");
  EXPECT_EQ(misspelt.status, 400);
  EXPECT_EQ(nlohmann::json::parse(misspelt.body)["detail"],
            "there is no query parameter \"verison\" here; did you mean version?");
  EXPECT_THAT(Send("POST", "/predict?view=true", "[[1]]").body,
              HasSubstr("\\\"view\\\" here; there is: predictor, version"));
  EXPECT_THAT(Send("GET", "/v1/predictors?x", "").body, HasSubstr("here; none is taken"));
  EXPECT_EQ(Send("GET", "/v1/predictors/digits?%76ersion=1", "").status, 200);
  EXPECT_EQ(Send("GET", "/livez?cache=no", "").status, 200);
}

TEST_F(ServiceTest, TheDescriptionNamesEveryQueryParameter) {
  const auto document = nlohmann::json::parse(Send("GET", "/openapi.json").body);
  for (const Endpoint& endpoint : service_.endpoints()) {
    std::string method(endpoint.method);
    for (char& c : method) c = AsciiLower(c);
    std::set<std::string> described;
    const auto& operation = document["paths"][std::string(endpoint.pattern)][method];
    for (auto parameter : operation.value("parameters", nlohmann::json::array())) {
      if (parameter.contains("$ref")) {
        const std::string pointer = parameter["$ref"].get<std::string>().substr(1);
        parameter = document[nlohmann::json::json_pointer(pointer)];
      }
      if (parameter["in"] == "query") described.insert(parameter["name"].get<std::string>());
    }
    const auto taken = endpoint.query.value_or(std::vector<std::string_view>{});
    EXPECT_EQ(described, std::set<std::string>(taken.begin(), taken.end()))
        << endpoint.method << " " << endpoint.pattern;
  }
}

TEST_F(ServiceTest, ErrorsAreProblemsWithStableCodes) {
  const FakeSink& unknown = Send("GET", "/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(nlohmann::json::parse(unknown.body)["code"], "not_found");
  const FakeSink& method = Send("DELETE", "/v1/predict");
  EXPECT_EQ(method.status, 405);
  EXPECT_THAT(method.headers, HasSubstr("Allow: POST, PUT, OPTIONS\r\n"));
  EXPECT_EQ(Send("POST", "/v1/predict").status, 400);
  EXPECT_EQ(Send("POST", "/v1/predict?predictor=x", "[[1]]").status, 404);
  EXPECT_EQ(Send("POST", "/v1/predict?version=0", "[[1]]").status, 400);
  EXPECT_EQ(Send("POST", "/v1/predict?view=maybe", "[[1]]").status, 400);
  EXPECT_EQ(Send("POST", "/v1/predict", "hello").status, 415);
}

TEST_F(ServiceTest, ARequestIdThatIsNotPrintableIsReplaced) {
  EXPECT_THAT(Send("GET", "/livez", "", {{"x-request-id", "a b"}}).headers,
              testing::Not(HasSubstr("a b")));
}

TEST_F(ServiceTest, ReadyUntilDraining) {
  EXPECT_EQ(Send("GET", "/readyz").status, 200);
  environment_.draining = true;
  EXPECT_EQ(Send("GET", "/readyz").status, 503);
  EXPECT_EQ(Send("GET", "/livez").status, 200);
}

TEST_F(ServiceTest, CountsRequestsAndVerdicts) {
  Send("POST", "/v1/predict", "[[255]]");
  const std::string text = Send("GET", "/metrics").body;
  EXPECT_THAT(text, HasSubstr("credence_requests_total{code=\"200\",predictor=\"digits\",route=\"/"
                              "v1/predict\",version=\"1\"} 1"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "credence_verdicts_total{predictor=\"digits\",verdict=\"unassessed\",version=\"1\"} 1"));
}

TEST_F(ServiceTest, RefusesAtTheHeadWhatHasNoEndpoint) {
  http::Request head{};
  head.method = "POST";
  head.path = "/nothing";
  head.content_length = 4'000'000;
  const auto refused = service_.OnHead(head);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 404);
  EXPECT_THAT(refused->headers, HasSubstr("X-Request-Id: "));
  head.path = "/v1/predict";
  EXPECT_FALSE(service_.OnHead(head));
  EXPECT_THAT(Send("GET", "/metrics").body,
              HasSubstr("credence_requests_total{code=\"404\",predictor=\"\",route=\"none\""));
}

TEST_F(ServiceTest, RefusesAtTheHeadWhileTheQueueIsFull) {
  std::string body = R"({"images": [[[0]])";
  for (int i = 1; i < 64; ++i) body.append(",[[0]]");
  body.append("]}");
  http::Request request{};
  request.method = "POST";
  request.path = "/v1/predict";
  request.content_length = body.size();
  request.received = clock_.Now();
  body.append(http::kBodyPadding, '\0');
  request.body = {reinterpret_cast<const std::uint8_t*>(body.data()), *request.content_length};
  for (std::size_t i = 0; i < execution_.queue_pictures_max / 64; ++i) {
    ASSERT_FALSE(service_.OnHead(request));
    service_.Handle(request, http::Responder(sink_));
  }
  const auto refused = service_.OnHead(request);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_THAT(refused->headers, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(nlohmann::json::parse(refused->body)["detail"],
            "overloaded: 1024 pictures wait; the limit is 1024");
  EXPECT_THAT(Send("GET", "/metrics").body,
              HasSubstr("credence_rejected_total{reason=\"queue_full\"} 1"));
  request.method = "GET";
  request.path = "/v1/predictors";
  EXPECT_FALSE(service_.OnHead(request));
  for (sink_->status = 0; sink_->status == 0;) service_.TurnEnd();
}

TEST_F(ServiceTest, OptionsListTheMethodsOfThePath) {
  const FakeSink& one = Send("OPTIONS", "/v1/predict");
  EXPECT_EQ(one.status, 204);
  EXPECT_THAT(one.headers, HasSubstr("Allow: POST, PUT, OPTIONS\r\n"));
  EXPECT_THAT(Send("OPTIONS", "*").headers, HasSubstr("Allow: POST, PUT, GET, HEAD, OPTIONS\r\n"));
  EXPECT_EQ(Send("OPTIONS", "/nothing").status, 404);
}

TEST_F(ServiceTest, DecodesPathParameters) {
  EXPECT_EQ(Send("GET", "/v1/predictors/di%67its").status, 200);
  EXPECT_EQ(Send("GET", "/v1/predictors/digits%2Fdrift").status, 404);
  for (const char* path : {"/v1/predictors/%zz", "/v1/predictors/a%00", "/v1/predictors/%"}) {
    EXPECT_EQ(Send("GET", path).status, 400) << path;
  }
}

TEST_F(ServiceTest, TellsOfTheCanary) {
  EXPECT_EQ(Send("GET", "/v1/predictors/fake/canary").status, 404);
  serving::TestPair pair;
  serving::CanaryWatch watch(2, {}, pair.world.clock, pair.world.log);
  watch.Watch(pair.Subject("{}"), {});
  environment_.canaries = &watch;
  const FakeSink& told = Send("GET", "/v1/predictors/fake/canary");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(nlohmann::json::parse(told.body)["state"], "comparing");
  EXPECT_EQ(Send("GET", "/v1/predictors/other/canary").status, 404);
  environment_.canaries = nullptr;
}

TEST_F(ServiceTest, TheDescriptionIsAnAsset) {
  const FakeSink& whole = Send("GET", "/openapi.json");
  EXPECT_EQ(whole.status, 200);
  const std::size_t start = whole.headers.find("ETag: ") + 6;
  const std::string tag = whole.headers.substr(start, whole.headers.find('\r', start) - start);
  const std::size_t bytes = whole.body.size();
  EXPECT_EQ(Send("GET", "/openapi.json", "", {{"if-none-match", tag}}).status, 304);
  EXPECT_LT(Send("GET", "/openapi.json", "", {{"accept-encoding", "gzip"}}).body.size(), bytes / 3);
}

TEST_F(ServiceTest, TheDescriptionNamesEveryPublicEndpoint) {
  std::set<std::string> served = Served(http::Role::kPublic);
  // Public listeners refuse these, naming the flag: they are described as what they are.
  EXPECT_EQ(served.erase("POST /v2/repository/models/{name}/load"), 1u);
  EXPECT_EQ(served.erase("POST /v2/repository/models/{name}/unload"), 1u);
  EXPECT_EQ(served, Described(http::Role::kPublic));
}

// So that an endpoint that is added later needs one, too.
TEST_F(ServiceTest, EveryEndpointButTheOpenOnesNeedsAKey) {
  const TestFolder folder;
  environment_.policy.keys = *security::KeyStore::Load(folder.Write("keys", "# none\n"));
  environment_.admin_on_public = true;
  Service service(environment_, *sink_);
  std::set<std::string_view> open;
  for (const Endpoint& endpoint : service.endpoints()) {
    std::string path(endpoint.pattern);
    for (std::size_t at = path.find('{'); at != path.npos; at = path.find('{')) {
      path.replace(at, path.find('}') - at + 1, "1");
    }
    http::Request head{};
    head.method = endpoint.method;
    head.path = path;
    const auto refused = service.OnHead(head);
    if (refused && refused->status == 401) continue;
    open.insert(endpoint.pattern);
  }
  EXPECT_EQ(open, (std::set<std::string_view>{"/livez", "/healthz", "/readyz", "/openapi.json",
                                              "/v2/health/live", "/v2/health/ready", "/", "/live",
                                              "/docs", "/predictors/{name}", "/web/{file}"}));
}

TEST_F(ServiceTest, CountsWhatTheTransportRefused) {
  service_.OnRefused({.status = 408});
  EXPECT_THAT(Send("GET", "/metrics").body,
              HasSubstr("credence_http_refused_total{code=\"408\"} 1"));
}

TEST(ServiceLog, HasWhatTheTransportRefused) {
  const TestFolder folder;
  const std::string path = (folder.path() / "access.log").string();
  {
    const SystemClock clock;
    metrics::Metrics metrics("test", "fake");
    const auto log = *AccessLog::Open(path);
    Finisher finisher(metrics, *log, clock, {});
    finisher.LogRefused({.status = 413,
                         .code = "too_large",
                         .detail = "the body is 9 bytes; the limit is 8",
                         .client = "127.0.0.1:40312",
                         .method = "POST",
                         .path = "/v1/predict"});
    finisher.LogRefused({.status = 400,
                         .code = "malformed_request",
                         .detail = "the method is malformed",
                         .client = "127.0.0.1:40313"});
  }
  std::ifstream file(path);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  auto first = nlohmann::json::parse(line);
  EXPECT_EQ(first["time"].get<std::string>().size(), 24u);
  first.erase("time");
  EXPECT_EQ(first, nlohmann::json::parse(R"({"client": "127.0.0.1:40312", "method": "POST",
      "path": "/v1/predict", "status": 413, "refused": "too_large",
      "reason": "the body is 9 bytes; the limit is 8"})"));
  ASSERT_TRUE(std::getline(file, line));
  EXPECT_FALSE(nlohmann::json::parse(line).contains("method"));
  EXPECT_FALSE(std::getline(file, line));
}

}  // namespace
}  // namespace credence::api
