#include "trace/tracer.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/guarded.h"
#include "base/test_loopback_server.h"
#include "trace/otlp.pb.h"

namespace credence::trace {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using Headers = std::array<std::pair<std::string_view, std::string_view>, 1>;

constexpr std::string_view kSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr std::string_view kNotSampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

class TracerTest : public testing::Test {
 protected:
  // The spans of `times` such requests when `share` is sampled.
  std::vector<otlp::Span> SpansOf(double share, const api::Exchange& exchange, int times = 1,
                                  int status = 200) {
    Tracer tracer(
        {.share = share, .exporter = {.endpoint = server_.url(), .gather = std::chrono::hours(1)}},
        metrics_, clock_, log_);
    for (int i = 0; i < times; ++i) {
      tracer.OnFinished({exchange, status, 7, milliseconds(3)});
    }
    tracer.End();
    auto sent = sent_.lock();
    std::vector<otlp::Span> spans;
    for (const auto& of_resource : sent->resource_spans()) {
      for (const auto& span : of_resource.scope_spans(0).spans()) spans.push_back(span);
    }
    return spans;
  }
  static api::Exchange Prediction() {
    api::Exchange exchange;
    exchange.request.method = "POST";
    exchange.request.path = "/v1/predict";
    exchange.route = "/v1/predict";
    exchange.request_id = "abc";
    return exchange;
  }
  static api::Exchange From(const Headers& headers) {
    api::Exchange exchange = Prediction();
    exchange.request.headers = headers;
    return exchange;
  }

  Guarded<otlp::ExportTraceServiceRequest> sent_;
  LoopbackServer server_{[this](const TestRequest& request) {
    auto sent = sent_.lock();
    EXPECT_TRUE(sent->ParseFromString(request.body));
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }};
  FakeClock clock_;
  Log log_{LogFormat::kJson, LogLevel::kError};
  metrics::Metrics metrics_{"test", "fake"};
};

TEST_F(TracerTest, ContinuesTheCallersTrace) {
  const Headers headers = {{{"traceparent", kSampled}}};
  const auto spans = SpansOf(0, From(headers));
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].trace_id(), std::string("\x4b\xf9\x2f\x35\x77\xb3\x4d\xa6\xa3\xce\x92\x9d\x0e"
                                             "\x0e\x47\x36"));
  EXPECT_EQ(spans[0].parent_span_id(), std::string("\x00\xf0\x67\xaa\x0b\xa9\x02\xb7", 8));
  EXPECT_EQ(spans[0].flags(), 0x301u);
  EXPECT_NE(spans[0].span_id(), spans[0].parent_span_id());
}

TEST_F(TracerTest, WhatTheCallerDoesNotKeepHasNoSpan) {
  const Headers headers = {{{"traceparent", kNotSampled}}};
  EXPECT_TRUE(SpansOf(1, From(headers)).empty());
}

TEST_F(TracerTest, AMalformedParentIsNone) {
  const Headers headers = {{{"traceparent", "00-zz"}}};
  const auto spans = SpansOf(1, From(headers));
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_TRUE(spans[0].parent_span_id().empty());
}

TEST_F(TracerTest, EachTraceThatBeginsHereIsAnother) {
  const auto spans = SpansOf(1, Prediction(), 100);
  std::set<std::string> traces, ids;
  for (const otlp::Span& span : spans) {
    traces.insert(span.trace_id());
    ids.insert(span.span_id());
    EXPECT_EQ(span.trace_id().size(), 16u);
    EXPECT_EQ(span.span_id().size(), 8u);
  }
  EXPECT_EQ(traces.size(), 100u);
  EXPECT_EQ(ids.size(), 100u);
}

TEST_F(TracerTest, AShareOfTheRequestsHasASpan) {
  EXPECT_TRUE(SpansOf(0, Prediction(), 400).empty());
  // 100 expected; outside of these bounds once in 10^12 runs.
  const auto spans = SpansOf(0.25, Prediction(), 400);
  EXPECT_GT(spans.size(), 40u);
  EXPECT_LT(spans.size(), 165u);
}

TEST_F(TracerTest, SaysWhatTheRequestWas) {
  api::Exchange exchange = Prediction();
  exchange.pictures = 2;
  exchange.verdict = "reliable";
  exchange.phases[static_cast<std::size_t>(metrics::Phase::kInfer)] = microseconds(1500);
  const auto spans = SpansOf(1, exchange, 1, 503);
  ASSERT_EQ(spans.size(), 1u);
  const otlp::Span& span = spans[0];
  EXPECT_EQ(span.name(), "POST /v1/predict");
  EXPECT_EQ(span.kind(), otlp::Span::SERVER);
  EXPECT_EQ(span.end_time_unix_nano() - span.start_time_unix_nano(), 3'000'000u);
  EXPECT_EQ(span.status().code(), otlp::Span::Status::ERROR);
  std::map<std::string, std::string> texts;
  std::map<std::string, std::int64_t> numbers;
  for (const auto& pair : span.attributes()) {
    if (pair.value().value_case() == otlp::AnyValue::kIntValue) {
      numbers[pair.key()] = pair.value().int_value();
    } else {
      texts[pair.key()] = pair.value().string_value();
    }
  }
  EXPECT_EQ(texts, (std::map<std::string, std::string>{{"http.request.method", "POST"},
                                                       {"http.route", "/v1/predict"},
                                                       {"url.path", "/v1/predict"},
                                                       {"credence.request_id", "abc"},
                                                       {"credence.verdict", "reliable"}}));
  EXPECT_EQ(numbers, (std::map<std::string, std::int64_t>{{"http.response.status_code", 503},
                                                          {"http.request.body.size", 0},
                                                          {"http.response.body.size", 7},
                                                          {"credence.pictures", 2},
                                                          {"credence.phase.queue_us", 0},
                                                          {"credence.phase.decode_us", 0},
                                                          {"credence.phase.adapt_us", 0},
                                                          {"credence.phase.infer_us", 1500},
                                                          {"credence.phase.assess_us", 0},
                                                          {"credence.phase.encode_us", 0}}));
}

}  // namespace
}  // namespace credence::trace
