#include "fetch/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "base/test_loopback_server.h"

namespace credence::fetch {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string Ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(Send, AnyStatusIsAnAnswer) {
  LoopbackServer server([](const TestRequest&) {
    return "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno";
  });
  const auto answer = Send({.url = server.url() + "/a"}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "no");
}

TEST(Send, PostsJsonWithCredentials) {
  LoopbackServer server([](const TestRequest& request) {
    return Ok(request.method + " " + request.body +
              (request.head.find("Authorization: Bearer abc") != std::string::npos ? " abc" : ""));
  });
  const auto answer = Send(
      {.method = "POST", .url = server.url(), .body = "{}", .credentials = {.token = "abc"}}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "POST {} abc");
}

TEST(Send, PutsAFile) {
  LoopbackServer server([](const TestRequest& request) { return Ok(request.body); });
  const TestFolder folder;
  const auto file = folder.Write("a", "content");
  const auto answer = Send({.method = "PUT", .url = server.url(), .file = file}, {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "content");
  EXPECT_EQ(Send({.url = server.url(), .file = folder / "b"}, {}).error().code, Code::kNotFound);
}

TEST(Send, RefusesAnAnswerOverTheLimit) {
  LoopbackServer server([](const TestRequest&) { return Ok(std::string(1001, 'x')); });
  EXPECT_TRUE(Send({.url = server.url()}, {.answer_bytes_max = 1001}));
  const auto large = Send({.url = server.url()}, {.answer_bytes_max = 1000});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Code::kTooLarge);
  EXPECT_THAT(large.error().message, HasSubstr("more than 1000 bytes"));
}

TEST(Send, NobodyThereIsUnavailable) {
  std::string url;
  {
    LoopbackServer server([](const TestRequest&) { return Ok(""); });
    url = server.url();
  }
  const auto answer = Send({.url = url}, {});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::kUnavailable);
  EXPECT_EQ(Send({.url = "file:///etc/hosts"}, {}).error().code, Code::kUnavailable);
}

TEST(UrlEncode, KeepsWhatItIsTold) {
  EXPECT_EQ(UrlEncode("a b/ü"), "a%20b%2F%C3%BC");
  EXPECT_EQ(UrlEncode("a b/c", "/"), "a%20b/c");
}

TEST(WithoutCredentials, ShowsTheHostAndNotWhoAsks) {
  EXPECT_EQ(WithoutCredentials("http://jo:s3cret@host:5000/a?b=c@d"),
            "http://***@host:5000/a?b=c@d");
  EXPECT_EQ(WithoutCredentials("https://token@host"), "https://***@host");
  EXPECT_EQ(WithoutCredentials("http://jo:p@ss@host/"), "http://***@host/");
  EXPECT_EQ(WithoutCredentials("http://jo:pa/ss@host/"), "http://***@host/");
  EXPECT_EQ(WithoutCredentials("jo:s3cret@host:5000"), "***@host:5000");
}

TEST(WithoutCredentials, LeavesOtherUrlsAlone) {
  for (const char* url : {"http://host:5000/@x", "http://[fe80::1]:80/a@b", "host/a@b",
                          "http://host", "mlflow-artifacts:/1/a", ""}) {
    EXPECT_EQ(WithoutCredentials(url), url);
  }
}

TEST(Send, NamesNoPasswordInErrors) {
  std::string url;
  {
    LoopbackServer server([](const TestRequest&) { return Ok("long"); });
    url = "http://jo:s3cret@" + server.url().substr(7);
    EXPECT_THAT(Send({.url = url}, {.answer_bytes_max = 1}).error().message,
                AllOf(HasSubstr("http://***@127.0.0.1"), Not(HasSubstr("s3cret"))));
  }
  EXPECT_THAT(Send({.url = url}, {}).error().message,
              AllOf(HasSubstr("http://***@127.0.0.1"), Not(HasSubstr("s3cret"))));
}

TEST(LocalOrigin, PutsIpv6InBracketsAndReplacesTheUnspecified) {
  EXPECT_EQ(LocalOrigin("127.0.0.1", 80), "http://127.0.0.1:80");
  EXPECT_EQ(LocalOrigin("0.0.0.0", 80), "http://127.0.0.1:80");
  EXPECT_EQ(LocalOrigin("::", 80), "http://[::1]:80");
  EXPECT_EQ(LocalOrigin("fe80::1", 8080), "http://[fe80::1]:8080");
  EXPECT_EQ(LocalOrigin("[::1]", 80), "http://[::1]:80");
  EXPECT_EQ(LocalOrigin("[::]", 80), "http://[::1]:80");
  EXPECT_EQ(LocalOrigin("0:0:0:0:0:0:0:0", 80), "http://[::1]:80");
  EXPECT_EQ(LocalOrigin("fe80::1%eth0", 80), "http://[fe80::1%25eth0]:80");
  EXPECT_EQ(LocalOrigin("localhost", 80), "http://localhost:80");
}

}  // namespace
}  // namespace credence::fetch
