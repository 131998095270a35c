#include "http/request_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace credence::http {
namespace {

using Progress = RequestParser::Progress;

struct Parsed {
  Progress progress = Progress::kNeedMore;
  int status = 0;  // when refused
  std::string body;
  std::size_t left = 0;  // bytes that belong to the next request
};

// Head and, if chunked, body; as when all has arrived at once.
Parsed ParseWith(RequestParser& parser, std::string_view bytes) {
  Parsed parsed;
  parsed.progress = parser.ParseHead(bytes);
  if (parsed.progress == Progress::kDone) {
    parsed.left = bytes.size() - parser.head_bytes();
    if (parser.head().chunked) {
      ByteBuffer body;
      std::size_t consumed = 0;
      parsed.progress = parser.ParseChunks(bytes.substr(parser.head_bytes()), body, consumed);
      if (body.size() > 0) parsed.body.assign(body.data(), body.size());
      parsed.left -= consumed;
    }
  }
  if (parsed.progress == Progress::kRefused) parsed.status = parser.refusal().status;
  return parsed;
}

Parsed Parse(std::string_view bytes) {
  RequestParser parser(1024, 100);
  return ParseWith(parser, bytes);
}

TEST(RequestParser_, SplitsAHead) {
  RequestParser parser(1024, 100);
  const std::string bytes =
      "POST /v1/predict?view=true HTTP/1.1\r\nHost: h:1\r\nContent-Length:  7 \r\n\r\n";
  ASSERT_EQ(ParseWith(parser, bytes).progress, Progress::kDone);
  const RequestHead& head = parser.head();
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/v1/predict");
  EXPECT_EQ(head.query, "view=true");
  ASSERT_EQ(head.headers.size(), 2u);
  EXPECT_EQ(head.headers[1].first, "Content-Length");
  EXPECT_EQ(head.headers[1].second, "7");
  EXPECT_EQ(head.content_length, 7u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_FALSE(head.chunked);
  EXPECT_EQ(parser.head_bytes(), bytes.size());
}

TEST(RequestParser_, TakesAbsoluteTargets) {
  RequestParser parser(1024, 100);
  ParseWith(parser, "GET http://h:80/a/b?c=d HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(parser.head().path, "/a/b");
  EXPECT_EQ(parser.head().query, "c=d");
  parser.Reset();
  ParseWith(parser, "GET http://h?c HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(parser.head().path, "/");
  EXPECT_EQ(parser.head().query, "c");
}

TEST(RequestParser_, ForgetsTheLastRequest) {
  RequestParser parser(1024, 100);
  ParseWith(parser,
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(parser.head().expects_continue);
  parser.Reset();
  ASSERT_EQ(ParseWith(parser, "GET / HTTP/1.1\r\nHost: h\r\n\r\n").progress, Progress::kDone);
  EXPECT_EQ(parser.head().content_length, 0u);
  EXPECT_FALSE(parser.head().expects_continue);
  EXPECT_EQ(parser.head().headers.size(), 1u);
}

TEST(RequestParser_, ClosesWhereTheClientDoesNotKeepAlive) {
  RequestParser parser(1024, 100);
  ParseWith(parser, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_FALSE(parser.head().keep_alive);
  parser.Reset();
  ParseWith(parser, "GET / HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(parser.head().keep_alive);
  parser.Reset();
  ParseWith(parser, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_TRUE(parser.head().keep_alive);
}

TEST(RequestParser_, ParsesByteByByte) {
  RequestParser parser(1024, 100);
  const std::string bytes = "GET /x HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    ASSERT_EQ(parser.ParseHead(std::string_view(bytes).substr(0, i)), Progress::kNeedMore) << i;
  }
  ASSERT_EQ(parser.ParseHead(bytes), Progress::kDone);
  EXPECT_EQ(parser.head().path, "/x");
  EXPECT_EQ(parser.head().headers[1].second, "b");
}

constexpr std::string_view kChunkedHead =
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

Parsed ParseChunked(std::string_view chunks) {
  return Parse(std::string(kChunkedHead).append(chunks));
}

TEST(RequestParser_, JoinsChunks) {
  const Parsed parsed =
      ParseChunked("3\r\nabc\r\nA;ext=\"1\"\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\nGET");
  EXPECT_EQ(parsed.progress, Progress::kDone);
  EXPECT_EQ(parsed.body, "abc0123456789");
  EXPECT_EQ(parsed.left, 3u);
}

TEST(RequestParser_, TakesAnEmptyChunkedBody) {
  EXPECT_EQ(ParseChunked("0\r\n\r").progress, Progress::kNeedMore);
  EXPECT_EQ(ParseChunked("0\r\n\r\n").progress, Progress::kDone);
}

TEST(RequestParser_, RefusesMalformedChunks) {
  for (const char* chunks :
       {"5 \r\nabcde\r\n0\r\n\r\n", "0x5\r\nabcde\r\n\r\n", "-5\r\nabcde\r\n", "+5\r\nabcde\r\n",
        "3\r\nabcd\r\n0\r\n\r\n", "\r\n\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\nabc",
        "0\r\nContent-Length: 5\r\n\r\n", "0\r\nbad trailer: 1\r\n\r\n"}) {
    EXPECT_EQ(ParseChunked(chunks).status, 400) << chunks;
  }
}

TEST(RequestParser_, RefusesAChunkOverTheLimitBeforeItArrives) {
  EXPECT_EQ(ParseChunked("65\r\nabc").status, 413);
  EXPECT_EQ(ParseChunked("3\r\nabc\r\nFFFFFFFFFFFFFFFF\r\na").status, 413);
  EXPECT_EQ(ParseChunked("3\r\nabc\r\n61\r\n").progress, Progress::kNeedMore);
}

struct Refused {
  const char* name;
  int status;
  std::string bytes;
};

class RequestParserRefuses : public testing::TestWithParam<Refused> {};

TEST_P(RequestParserRefuses, WithItsStatus) {
  const Parsed parsed = Parse(GetParam().bytes);
  EXPECT_EQ(parsed.progress, Progress::kRefused);
  EXPECT_EQ(parsed.status, GetParam().status);
}

std::string Get(std::string_view header_lines) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(header_lines) + "\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    All, RequestParserRefuses,
    testing::Values(
        Refused{"TwoLengths", 400, Get("Content-Length: 5\r\nContent-Length: 6\r\n")},
        Refused{"TwoEqualLengths", 400, Get("Content-Length: 5\r\nContent-Length: 5\r\n")},
        Refused{"ListOfLengths", 400, Get("Content-Length: 5, 5\r\n")},
        Refused{"PlusLength", 400, Get("Content-Length: +5\r\n")},
        Refused{"MinusLength", 400, Get("Content-Length: -5\r\n")},
        Refused{"HexLength", 400, Get("Content-Length: 0x5\r\n")},
        Refused{"SpacedLength", 400, Get("Content-Length: 5 5\r\n")},
        Refused{"EmptyLength", 400, Get("Content-Length:\r\n")},
        Refused{"HugeLength", 400, Get("Content-Length: 99999999999999999999\r\n")},
        Refused{"LengthOverTheLimit", 413, Get("Content-Length: 101\r\n")},
        Refused{"LengthAndEncoding", 400,
                Get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")},
        Refused{"EncodingAndLength", 400,
                Get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")},
        Refused{"GzipChunked", 400, Get("Transfer-Encoding: gzip, chunked\r\n")},
        Refused{"Identity", 400, Get("Transfer-Encoding: identity\r\n")},
        Refused{"ChunkedTwice", 400,
                Get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
        Refused{"ChunkedChunked", 400, Get("Transfer-Encoding: chunked, chunked\r\n")},
        Refused{"ChunkedWithTab", 400, Get("Transfer-Encoding: \vchunked\r\n")},
        Refused{"QuotedChunked", 400, Get("Transfer-Encoding: \"chunked\"\r\n")},
        Refused{"NoHost", 400, "GET / HTTP/1.1\r\n\r\n"},
        Refused{"TwoHosts", 400, Get("Host: h\r\n")},
        Refused{"HostWithASlash", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
        Refused{"BareLineFeedInALine", 400, "GET / HTTP/1.1\nHost: h\r\n\r\n"},
        Refused{"BareLineFeedInHeaders", 400, "GET / HTTP/1.1\r\nHost: h\n\n"},
        Refused{"BareCarriageReturn", 400, Get("A: b\rc\r\n")},
        Refused{"NulInAValue", 400, Get(std::string("A: b\0c\r\n", 8))},
        Refused{"NulInAName", 400, Get(std::string("A\0: b\r\n", 7))},
        Refused{"SpaceBeforeTheColon", 400, Get("A : b\r\n")},
        Refused{"EmptyName", 400, Get(": b\r\n")}, Refused{"Fold", 400, Get("A: b\r\n c\r\n")},
        Refused{"FoldWithATab", 400, Get("A: b\r\n\tc\r\n")},
        Refused{"FoldAfterNothing", 400, Get("A:\r\n b\r\n")},
        Refused{"EmptyFold", 400, Get("A: \r\n \r\n")},
        Refused{"FoldedFirstLine", 400, "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
        Refused{"FoldedEncoding", 400, Get("Transfer-Encoding:\r\n chunked\r\n")},
        Refused{"RelativeTarget", 400, "GET a HTTP/1.1\r\nHost: h\r\n\r\n"},
        Refused{"Fragment", 400, "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n"},
        Refused{"AuthorityTarget", 400, "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"},
        Refused{"StarWithGet", 400, "GET * HTTP/1.1\r\nHost: h\r\n\r\n"},
        Refused{"TwoEmptyLines", 400, "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"},
        Refused{"NoVersion", 400, "GET /\r\n\r\n"},
        Refused{"TwoSpaces", 400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
        Refused{"Version2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
        Refused{"Version12", 505, "GET / HTTP/1.2\r\nHost: h\r\n\r\n"},
        Refused{"EncodingInVersion10", 400,
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Refused{"Expect", 417, Get("Expect: a-wonder\r\n")},
        Refused{"LongHeader", 431, Get("A: " + std::string(2000, 'x') + "\r\n")},
        Refused{"EndlessHeader", 431, "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(2000, 'x')},
        Refused{"EndlessTarget", 414, "GET /" + std::string(2000, 'x')}),
    [](const auto& test) { return test.param.name; });

TEST(RequestParser_, RefusesALongTarget) {
  RequestParser parser(16 * 1024, 100);
  EXPECT_EQ(
      ParseWith(parser, "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n").status,
      414);
}

TEST(RequestParser_, RefusesAHeaderThatDripsOverTheLimit) {
  RequestParser parser(200, 100);
  std::string bytes = "GET / HTTP/1.1\r\nHost: h\r\n";
  bytes.reserve(1000);
  Progress progress = parser.ParseHead(bytes);
  while (progress == Progress::kNeedMore && bytes.size() < 900) {
    bytes += "A: b\r\n";
    progress = parser.ParseHead(bytes);
  }
  ASSERT_EQ(progress, Progress::kRefused);
  EXPECT_EQ(parser.refusal().status, 431);
}

TEST(RequestParser_, TakesALongHeaderThatBeginsWithAPiece) {
  RequestParser parser(16 * 1024, 100);
  const std::string bytes =
      "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(9000, 'x') + "\r\n\r\n";
  EXPECT_EQ(parser.ParseHead(std::string_view(bytes).substr(0, 5)), Progress::kNeedMore);
  EXPECT_EQ(parser.ParseHead(std::string_view(bytes).substr(0, 9000)), Progress::kNeedMore);
  EXPECT_EQ(parser.ParseHead(bytes), Progress::kDone);
}

TEST(RequestParser_, LetsOneEmptyLinePass) {
  EXPECT_EQ(Parse("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n").progress, Progress::kDone);
}

TEST(RequestParser_, LetsVersion10GoWithoutHost) {
  EXPECT_EQ(Parse("GET / HTTP/1.0\r\n\r\n").progress, Progress::kDone);
}

TEST(RequestParser_, TakesOptionsAboutTheServer) {
  EXPECT_EQ(Parse("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").progress, Progress::kDone);
}

}  // namespace
}  // namespace credence::http
