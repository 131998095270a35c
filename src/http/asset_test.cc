#include "http/asset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace credence::http {
namespace {

using testing::HasSubstr;
using testing::Not;

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

std::string Unzipped(std::string_view bytes) {
  std::string out(100'000, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

class AssetTest : public testing::Test {
 protected:
  static Response Ask(const Asset& asset, const Headers& headers) {
    Request request{};
    request.headers = headers;
    return asset.Answer(request);
  }
  static std::string Etag(const Response& response) {
    const std::size_t start = response.headers.find("ETag: ") + 6;
    return std::string(response.headers.substr(start, response.headers.find('\r') - start));
  }

  const std::string text_ = std::string(5000, 'x') + "end";
  const Asset asset_{text_, {.content_type = "text/plain"}};
};

TEST_F(AssetTest, SendsTheBodyFromWhereItLies) {
  const Response response = Ask(asset_, {});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain");
  EXPECT_EQ(response.body.data(), text_.data());
  EXPECT_TRUE(response.lasts);
  EXPECT_THAT(response.headers, HasSubstr("Cache-Control: no-cache\r\n"));
  EXPECT_THAT(response.headers, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_THAT(response.headers, Not(HasSubstr("Content-Encoding")));
}

TEST_F(AssetTest, TheTagIsStrongAndFollowsTheContent) {
  const Asset same(text_, {.content_type = "text/plain"});
  const Asset other("y", {.content_type = "text/plain"});
  EXPECT_THAT(Etag(Ask(asset_, {})), testing::MatchesRegex("\"[0-9a-f]+\""));
  EXPECT_EQ(Etag(Ask(asset_, {})), Etag(Ask(same, {})));
  EXPECT_NE(Etag(Ask(asset_, {})), Etag(Ask(other, {})));
}

TEST_F(AssetTest, AClientThatHasItGets304) {
  const std::string tag = Etag(Ask(asset_, {}));
  const Response response = Ask(asset_, {{"If-None-Match", "\"other\", W/" + tag}});
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(Etag(response), tag);
}

TEST_F(AssetTest, AClientThatHasAnotherOneGetsIt) {
  EXPECT_EQ(Ask(asset_, {{"if-none-match", "\"other\""}}).status, 200);
}

TEST_F(AssetTest, TheGzipTwinHasTheSameContentAndATagOfItsOwn) {
  const Response response = Ask(asset_, {{"Accept-Encoding", "br, gzip;q=0.5"}});
  EXPECT_EQ(Unzipped(response.body), text_);
  EXPECT_LT(response.body.size(), text_.size());
  EXPECT_THAT(response.headers, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(response.headers, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_NE(Etag(response), Etag(Ask(asset_, {})));
  const std::string plain = Etag(Ask(asset_, {}));
  EXPECT_EQ(Ask(asset_, {{"Accept-Encoding", "gzip"}, {"If-None-Match", plain}}).status, 200);
}

TEST_F(AssetTest, WhatGzipMakesLargerHasNoTwin) {
  const Asset small("abc", {.content_type = "text/plain"});
  const Response response = Ask(small, {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(response.body, "abc");
  EXPECT_THAT(response.headers, Not(HasSubstr("Vary")));
}

TEST(AcceptsGzip_, ReadsTheList) {
  for (const char* yes : {"gzip", "GZIP", "x-gzip", "deflate, gzip", "*", "gzip;q=1",
                          "gzip; q=0.001", "identity;q=0, *;q=0.5", "gzip , br"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no :
       {"", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "*, gzip;q=0", "gzipped"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

TEST(NamesEtag_, ReadsTheList) {
  for (const char* yes : {"*", "\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\""}) {
    EXPECT_TRUE(NamesEtag(yes, "\"a\"")) << yes;
  }
  for (const char* no : {"", "a", "\"ab\"", "\"b\", \"c\"", ","}) {
    EXPECT_FALSE(NamesEtag(no, "\"a\"")) << no;
  }
}

}  // namespace
}  // namespace credence::http
