#include "api/admin/endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/admin/read.h"
#include "api/control.h"
#include "api/test_service.h"

namespace credence::api::admin {
namespace {

using testing::Return;

class MockControl : public Control {
 public:
  MOCK_METHOD(Result<bool>, Settled, (std::string_view, std::int64_t), (override));
  MOCK_METHOD(Result<bool>, Settled, (std::string_view), (override));
  MOCK_METHOD(Result<void>, Configure, (serving::Configuration), (override));
  using Number = std::optional<std::int64_t>;
  MOCK_METHOD(Result<void>, Load, (std::string_view, std::int64_t), (override));
  MOCK_METHOD(Result<void>, Unload, (std::string_view, std::int64_t), (override));
  MOCK_METHOD(Result<void>, Reload, (std::string_view, Number), (override));
  MOCK_METHOD(Result<void>, SetLabel, (std::string_view, std::string_view, std::int64_t),
              (override));
  MOCK_METHOD(Result<void>, RemoveLabel, (std::string_view, std::string_view), (override));
};

struct HasControl {
  testing::StrictMock<MockControl> mock;
};

class AdminTest : private HasControl, public ServiceTest {
 protected:
  AdminTest() : ServiceTest(&mock) {}

  int Ask(std::string_view method, std::string_view path, std::string body = "") {
    return Send(method, path, std::move(body), {}, http::Role::kAdmin).status;
  }
  MockControl& control() { return mock; }
};

TEST_F(AdminTest, TellsAndSetsTheLogLevel) {
  EXPECT_EQ(Ask("GET", "/v1/admin/log-level"), 200);
  EXPECT_EQ(sink_->body, R"({"level":"error"})");
  EXPECT_EQ(Ask("POST", "/v1/admin/log-level", R"({"level": "debug"})"), 200);
  EXPECT_EQ(sink_->body, R"({"level":"debug"})");
  EXPECT_EQ(log_.level(), LogLevel::kDebug);
}

TEST_F(AdminTest, RefusesALevelThatIsNone) {
  EXPECT_EQ(Ask("POST", "/v1/admin/log-level", R"({"level": "loud"})"), 400);
  EXPECT_EQ(nlohmann::json::parse(sink_->body)["detail"],
            R"(level "loud" is none of debug, info, warning, error)");
  EXPECT_EQ(log_.level(), LogLevel::kError);
}

TEST_F(AdminTest, RefusesALargeBodyAtTheHead) {
  http::Request head{};
  head.method = "POST";
  head.path = "/v1/admin/log-level";
  head.role = http::Role::kAdmin;
  head.content_length = kBodyBytesMax + 1;
  const auto refused = service_.OnHead(head);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 413);
  head.content_length = kBodyBytesMax;
  EXPECT_FALSE(service_.OnHead(head));
}

TEST_F(AdminTest, ADriftResetNeedsAProfile) {
  EXPECT_EQ(Ask("POST", "/v1/predictors/digits/drift"), 409);
  EXPECT_EQ(Ask("POST", "/v1/predictors/nobody/drift"), 404);
}

TEST_F(AdminTest, LoadsAndUnloadsVersions) {
  EXPECT_CALL(control(), Load("my digits", 7)).WillOnce(Return(Result<void>{}));
  EXPECT_EQ(Ask("POST", "/v1/admin/predictors/my%20digits/versions/007/load"), 202);
  EXPECT_EQ(sink_->body, R"({"status":"accepted"})");
  EXPECT_CALL(control(), Unload("digits", 20261129183000123)).WillOnce(Return(Result<void>{}));
  EXPECT_EQ(Ask("POST", "/v1/admin/predictors/digits/versions/20261129183000123/unload"), 202);
  EXPECT_EQ(Ask("POST", "/v1/admin/predictors/digits/versions/x/load"), 400);
}

TEST_F(AdminTest, Reloads) {
  EXPECT_CALL(control(), Reload("digits", testing::Eq(std::nullopt)))
      .WillOnce(Return(Result<void>{}));
  EXPECT_EQ(Ask("POST", "/v1/admin/predictors/digits/reload"), 202);
  EXPECT_CALL(control(), Reload("digits", testing::Optional(3))).WillOnce(Return(Result<void>{}));
  EXPECT_EQ(Ask("POST", "/v1/admin/predictors/digits/versions/3/reload"), 202);
}

TEST_F(AdminTest, SetsAndRemovesLabels) {
  EXPECT_CALL(control(), SetLabel("digits", "stable", 3)).WillOnce(Return(Result<void>{}));
  EXPECT_EQ(Ask("PUT", "/v1/admin/predictors/digits/labels/stable", R"({"version": 3})"), 200);
  EXPECT_EQ(Ask("PUT", "/v1/admin/predictors/digits/labels/stable", "3"), 400);
  EXPECT_CALL(control(), RemoveLabel("digits", "stable")).WillOnce(Return(Result<void>{}));
  EXPECT_EQ(Ask("DELETE", "/v1/admin/predictors/digits/labels/stable"), 200);
}

TEST_F(AdminTest, AnErrorIsAProblem) {
  EXPECT_CALL(control(), Reload("nobody", testing::_))
      .WillOnce(Return(Error{Code::kNotFound, "there is no predictor nobody"}));
  EXPECT_EQ(Ask("POST", "/v1/admin/predictors/nobody/reload"), 404);
  EXPECT_EQ(nlohmann::json::parse(sink_->body)["code"], "not_found");
}

TEST_F(AdminTest, TheDescriptionNamesEveryEndpoint) {
  EXPECT_EQ(Served(http::Role::kAdmin), Described(http::Role::kAdmin));
}

TEST_F(AdminTest, IsNotOnPublicListeners) {
  EXPECT_EQ(Send("GET", "/v1/admin/log-level").status, 404);
  EXPECT_EQ(Send("GET", "/v1/admin/log-level", "", {}, http::Role::kAdmin).status, 200);
  EXPECT_EQ(Send("GET", "/livez", "", {}, http::Role::kAdmin).status, 200);
  const FakeSink& reset = Send("POST", "/v1/predictors/digits/drift");
  EXPECT_EQ(reset.status, 405);
  EXPECT_THAT(reset.headers, testing::HasSubstr("Allow: GET, HEAD, OPTIONS\r\n"));
}

TEST_F(AdminTest, IsOnPublicListenersWhenAsked) {
  environment_.admin_on_public = true;
  Service open(environment_, *sink_);
  http::Request head{};
  head.method = "GET";
  head.path = "/v1/admin/log-level";
  EXPECT_FALSE(open.OnHead(head));
}

using WithoutControlTest = ServiceTest;
TEST_F(WithoutControlTest, ThereIsNothingAboutVersions) {
  EXPECT_EQ(Send("POST", "/v1/admin/predictors/digits/reload", "", {}, http::Role::kAdmin).status,
            404);
}

}  // namespace
}  // namespace credence::api::admin
