#include "trace/exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <semaphore>

#include "base/guarded.h"
#include "base/test_loopback_server.h"
#include "trace/otlp.pb.h"

namespace credence::trace {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Answer(const std::string& status, const std::string& body = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

std::unique_ptr<Span> Named(const std::string& name) {
  auto span = std::make_unique<Span>();
  span->name = name;
  span->trace[0] = span->id[0] = 1;
  return span;
}

// A collector that keeps the names of the spans that it was sent, a list a request.
class Collector {
 public:
  // `answer` is given the number of the request, from 1.
  explicit Collector(std::function<std::string(int)> answer)
      : answer_(std::move(answer)), server_([this](const TestRequest& request) {
          otlp::ExportTraceServiceRequest sent;
          EXPECT_EQ(request.path, "/v1/traces");
          EXPECT_THAT(request.head, HasSubstr("Content-Type: application/x-protobuf\r\n"));
          EXPECT_TRUE(sent.ParseFromString(request.body));
          std::vector<std::string> names;
          for (const auto& span : sent.resource_spans(0).scope_spans(0).spans()) {
            names.push_back(span.name());
          }
          auto requests = requests_.lock();
          requests->push_back(names);
          return answer_(static_cast<int>(requests->size()));
        }) {}

  std::string url() const { return server_.url(); }
  std::vector<std::vector<std::string>> requests() {
    auto requests = requests_.lock();
    return *requests;
  }

 private:
  std::function<std::string(int)> answer_;
  Guarded<std::vector<std::vector<std::string>>> requests_;
  LoopbackServer server_;  // last: its thread uses the others
};

class ExporterTest : public testing::Test {
 protected:
  double Count(const std::string& result) {
    return metrics::Value(
        metrics_.Counter({"credence_trace_spans_total", ""}, {{"result", result}}));
  }
  // Puts spans in, and ends the exporter, which sends what waits.
  void Export(ExporterOptions options, int spans) {
    Exporter exporter(std::move(options), metrics_, clock_, log_);
    for (int i = 0; i < spans; ++i) {
      if (exporter.HasRoom()) exporter.Put(Named(std::to_string(i)));
    }
    exporter.End();
  }

  const SystemClock clock_;
  Log log_{LogFormat::kJson, LogLevel::kError};
  metrics::Metrics metrics_{"test", "fake"};
};

constexpr std::chrono::hours kNever{1};

TEST_F(ExporterTest, SendsInOrderAndInBatches) {
  Collector collector([](int) { return Answer("200 OK"); });
  Export({.endpoint = collector.url(), .batch_max = 2, .gather = kNever}, 5);
  EXPECT_THAT(collector.requests(),
              ElementsAre(ElementsAre("0", "1"), ElementsAre("2", "3"), ElementsAre("4")));
  EXPECT_EQ(Count("exported"), 5);
  EXPECT_EQ(Count("lost"), 0);
}

TEST_F(ExporterTest, SendsWithoutBeingEnded) {
  std::binary_semaphore arrived{0};
  Collector collector([&](int) {
    arrived.release();
    return Answer("200 OK");
  });
  Exporter exporter({.endpoint = collector.url() + "/", .gather = milliseconds(1)}, metrics_,
                    clock_, log_);
  ASSERT_TRUE(exporter.HasRoom());
  exporter.Put(Named("early"));
  arrived.acquire();
  EXPECT_THAT(collector.requests(), ElementsAre(ElementsAre("early")));
}

TEST_F(ExporterTest, WhatDoesNotFitIsLostAndCounted) {
  Collector collector([](int) { return Answer("200 OK"); });
  Export({.endpoint = collector.url(), .waiting_max = 3, .gather = kNever}, 5);
  EXPECT_THAT(collector.requests(), ElementsAre(ElementsAre("0", "1", "2")));
  EXPECT_EQ(Count("exported"), 3);
  EXPECT_EQ(Count("lost"), 2);
}

TEST_F(ExporterTest, ABatchIsTriedAgainWhereThatMayHelp) {
  std::binary_semaphore taken{0};
  Collector collector([&](int request) {
    if (request < 3) return Answer("503 Service Unavailable");
    taken.release();
    return Answer("200 OK");
  });
  Exporter exporter(
      {.endpoint = collector.url(), .gather = milliseconds(1), .retry_pause = milliseconds(1)},
      metrics_, clock_, log_);
  ASSERT_TRUE(exporter.HasRoom());
  exporter.Put(Named("a"));
  taken.acquire();
  exporter.End();
  EXPECT_THAT(collector.requests(),
              ElementsAre(ElementsAre("a"), ElementsAre("a"), ElementsAre("a")));
  EXPECT_EQ(Count("exported"), 1);
  EXPECT_EQ(Count("lost"), 0);
}

TEST_F(ExporterTest, ARefusedBatchIsLostAndTheNextIsSent) {
  Collector collector(
      [](int request) { return Answer(request == 1 ? "400 Bad Request" : "200 OK"); });
  Export({.endpoint = collector.url(), .batch_max = 1, .gather = kNever}, 2);
  EXPECT_THAT(collector.requests(), ElementsAre(ElementsAre("0"), ElementsAre("1")));
  EXPECT_EQ(Count("exported"), 1);
  EXPECT_EQ(Count("lost"), 1);
}

TEST_F(ExporterTest, WhatTheCollectorTookInPartIsCountedInPart) {
  otlp::ExportTraceServiceResponse response;
  response.mutable_partial_success()->set_rejected_spans(2);
  Collector collector([&](int) { return Answer("200 OK", response.SerializeAsString()); });
  Export({.endpoint = collector.url(), .gather = kNever}, 5);
  EXPECT_EQ(Count("exported"), 3);
  EXPECT_EQ(Count("lost"), 2);
}

TEST_F(ExporterTest, WithoutACollectorAllIsLostAndNothingWaits) {
  std::string nobody;
  {
    const LoopbackServer gone([](const TestRequest&) { return std::string(); });
    nobody = gone.url();
  }
  Export({.endpoint = nobody, .gather = kNever}, 4);
  EXPECT_EQ(Count("exported"), 0);
  EXPECT_EQ(Count("lost"), 4);
}

TEST_F(ExporterTest, WhatComesAfterTheEndIsLost) {
  Collector collector([](int) { return Answer("200 OK"); });
  Exporter exporter({.endpoint = collector.url(), .gather = kNever}, metrics_, clock_, log_);
  exporter.End();
  ASSERT_TRUE(exporter.HasRoom());
  exporter.Put(Named("late"));
  EXPECT_EQ(Count("lost"), 1);
  EXPECT_THAT(collector.requests(), ElementsAre());
}

}  // namespace
}  // namespace credence::trace
