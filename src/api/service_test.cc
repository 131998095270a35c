#include "api/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/fake/fake_model.h"
#include "predictor/load.h"
#include "serving/lifecycle.h"

namespace credence::api {
namespace {

using testing::HasSubstr;

// Keeps what was sent.
class FakeSink final : public http::Responder::Sink, public http::IoThread {
 public:
  void Send(const http::Response& response) override {
    status = response.status;
    headers = response.headers;
    body = response.body;
  }
  http::IoThread& thread() override { return *this; }
  int index() const override { return 0; }
  void Post(std::function<void()> task) override { task(); }

  int status = 0;
  std::string headers, body;
};

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    predictor::LoadOptions options;
    options.lanes = execution_.lanes;
    lifecycle_.Publish(
        *predictor::Assemble({.name = "digits"}, model::MakeFake({}), {}, options, clock_));
  }

  // Sends one request and runs the turn to its end.
  const FakeSink& Send(std::string_view method, std::string_view target, std::string body = "",
                       std::vector<std::pair<std::string_view, std::string_view>> headers = {}) {
    sink_->status = 0;
    const std::size_t size = body.size();
    body.append(http::kBodyPadding, '\0');
    http::Request request{};
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (target.find('?') != target.npos) request.query = target.substr(target.find('?') + 1);
    request.headers = headers;
    request.body = {reinterpret_cast<const std::uint8_t*>(body.data()), size};
    request.received = clock_.Now();
    service_.Handle(request, http::Responder(sink_));
    while (sink_->status == 0) service_.TurnEnd();
    return *sink_;
  }

  SystemClock clock_;
  Log log_{LogFormat::kText, LogLevel::kError};
  metrics::Metrics metrics_{"test", "fake"};
  std::unique_ptr<AccessLog> access_log_ = *AccessLog::Open("off");
  std::unique_ptr<model::Engine> engine_ = model::MakeFakeEngine({});
  serving::Lifecycle lifecycle_{{}, *engine_, clock_, log_, metrics_};
  // Everything inline: one thread, no races in the tests.
  serving::ExecutionOptions execution_{
      .lanes = {.io = 1, .compute = 1, .inline_cost_max = std::chrono::hours(1)},
      .deadline = std::chrono::hours(1)};
  serving::Core core_{execution_, lifecycle_.published(), metrics_, clock_};
  Environment environment_{clock_, metrics_, *access_log_, core_};
  std::shared_ptr<FakeSink> sink_ = std::make_shared<FakeSink>();
  Service service_{environment_, *sink_};
};

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

TEST_F(ServiceTest, ErrorsAreProblemsWithStableCodes) {
  const FakeSink& unknown = Send("GET", "/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(nlohmann::json::parse(unknown.body)["code"], "not_found");
  const FakeSink& method = Send("PUT", "/v1/predict");
  EXPECT_EQ(method.status, 405);
  EXPECT_THAT(method.headers, HasSubstr("Allow: POST, OPTIONS\r\n"));
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

}  // namespace
}  // namespace credence::api
