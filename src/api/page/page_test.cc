#include "api/page/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/test_service.h"

namespace credence::api::page {
namespace {

using testing::HasSubstr;
using testing::Not;

class PageTest : public ServiceTest {};

TEST_F(PageTest, IsStrictAboutWhatItLoads) {
  for (const char* path : {"/live", "/docs", "/predictors/digits"}) {
    const auto& answer = Send("GET", path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_THAT(answer.headers, HasSubstr("Content-Security-Policy: default-src 'none'; script-src "
                                          "'self'; style-src 'self';"));
    EXPECT_THAT(answer.headers, Not(HasSubstr("unsafe")));
    EXPECT_THAT(answer.headers, Not(HasSubstr("Set-Cookie")));
  }
}

TEST_F(PageTest, BrowsersGetThePageAndOthersText) {
  EXPECT_THAT(Send("GET", "/", "", {{"accept", "text/html,*/*;q=0.8"}}).body,
              HasSubstr("<!doctype html>"));
  EXPECT_THAT(Send("GET", "/", "", {{"accept", "*/*"}}).body, HasSubstr("curl -F file="));
}

TEST_F(PageTest, FilesAreCompressedAndKept) {
  const auto& answer = Send("GET", "/web/try.js", "", {{"accept-encoding", "gzip"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.headers, HasSubstr("Content-Encoding: gzip"));
  EXPECT_THAT(answer.headers, HasSubstr("ETag: "));
  EXPECT_EQ(Send("GET", "/web/passwd", "").status, 404);
}

TEST_F(PageTest, AVersionThatKeepsNoReportSaysSo) {
  const auto& answer = Send("GET", "/v1/predictors/digits/report");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("digits version 1 keeps no report card"));
  EXPECT_EQ(Send("GET", "/v1/predictors/digits/model-card").status, 404);
  EXPECT_THAT(Send("GET", "/v1/predictors/nobody/report").body, HasSubstr("nobody"));
}

}  // namespace
}  // namespace credence::api::page
