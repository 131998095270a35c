#include "http/response_head.h"

#include <gtest/gtest.h>

namespace credence::http {
namespace {

std::string Head(const Response& response, const ResponseHead& head) {
  std::string out;
  AppendHead(response, head, out);
  return out;
}

TEST(AppendHead, WritesStatusLineAndHeaders) {
  EXPECT_EQ(
      Head({.status = 200, .headers = "A: b\r\n", .body = "{}"}, {.common_headers = "S: t\r\n"}),
      "HTTP/1.1 200 OK\r\nS: t\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
      "A: b\r\n\r\n");
}

TEST(AppendHead, SaysHowTheConnectionGoesOn) {
  EXPECT_EQ(Head({.status = 204}, {.common_headers = {}, .close = true}),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(Head({.status = 304}, {.common_headers = {}, .http_1_1 = false}),
            "HTTP/1.1 304 Not Modified\r\nConnection: keep-alive\r\n\r\n");
}

}  // namespace
}  // namespace credence::http
