#include "metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::metrics {
namespace {

using testing::HasSubstr;

TEST(Metrics, TextHoldsWhatWasCounted) {
  Metrics metrics("0.1.0", "fake");
  const Labels digits = {{"predictor", "digits"}, {"version", "3"}};
  Increment(metrics.Counter({"credence_verdicts_total", "By verdict"},
                            {{"predictor", "digits"}, {"verdict", "reliable"}, {"version", "3"}}));
  Observe(metrics.Histogram({"credence_batch_size", "Pictures"}, digits, {1, 8}), 8);
  Observe(
      metrics.Histogram({"credence_phase_duration_seconds", "Time"},
                        {{"phase", "infer"}, {"predictor", "digits"}, {"version", "3"}}, kSeconds),
      std::chrono::microseconds(46));
  Increment(metrics.Requests("/v1/predict", "digits", "3", 200));
  metrics.AddLive({"credence_queue_depth", "Waiting", [] { return 7.0; }});

  metrics.AddLiveFamily({"credence_versions", "By state", [] {
                           return std::vector<LiveFamily::Sample>{{{{"state", "serving"}}, 2}};
                         }});

  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("credence_versions{state=\"serving\"} 2"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "credence_verdicts_total{predictor=\"digits\",verdict=\"reliable\",version=\"3\"} 1"));
  EXPECT_THAT(
      text, HasSubstr("credence_batch_size_bucket{predictor=\"digits\",version=\"3\",le=\"8\"} 1"));
  EXPECT_THAT(text, HasSubstr("credence_phase_duration_seconds_bucket{phase=\"infer\",predictor="
                              "\"digits\",version=\"3\",le=\"5e-05\"} 1"));
  EXPECT_THAT(text, HasSubstr("credence_requests_total{code=\"200\",predictor=\"digits\",route=\"/"
                              "v1/predict\",version=\"3\"} 1"));
  EXPECT_THAT(text, HasSubstr("credence_queue_depth 7"));
  EXPECT_THAT(text, HasSubstr("credence_build_info{engine=\"fake\",version=\"0.1.0\"} 1"));
}

TEST(Metrics, ProcessFiguresAreThisProcess) {
  const std::string text = Metrics("0", "fake").Text();
  EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes"));
  EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter"));
}

TEST(Metrics, TheSameLabelsAreTheSameHandle) {
  Metrics metrics("0", "fake");
  EXPECT_EQ(&metrics.Requests("/", "", "", 404), &metrics.Requests("/", "", "", 404));
  EXPECT_EQ(&metrics.Gauge({"a", "b"}, {}), &metrics.Gauge({"a", "b"}, {}));
  EXPECT_NE(&metrics.Gauge({"a", "b"}, {}), &metrics.Gauge({"a", "b"}, {{"c", "d"}}));
}

TEST(Metrics, ReadGivesTheFamiliesThatAreAskedFor) {
  Metrics metrics("0.1.0", "fake");
  Increment(metrics.Requests("/v1/predict", "digits", "3", 200), 5);
  Observe(metrics.RequestSeconds("/v1/predict"), 0.003);
  Observe(metrics.RequestSeconds("/v1/predict"), 0.3);
  metrics.AddLive({"credence_queue_depth", "Waiting", [] { return 7.0; }});

  const auto readings = metrics.Read({"credence_requests_total", "credence_queue_depth",
                                      "credence_request_duration_seconds", "credence_none"});
  ASSERT_EQ(readings.size(), 3U);
  const Reading& requests = readings.at("credence_requests_total")[0];
  EXPECT_EQ(requests.value, 5);
  EXPECT_EQ(requests.labels.at("code"), "200");
  const Reading& seconds = readings.at("credence_request_duration_seconds")[0];
  EXPECT_EQ(seconds.value, 2);
  ASSERT_GE(seconds.upto.size(), kSeconds.size());
  EXPECT_EQ(seconds.upto[9], 0U);   // 2 ms
  EXPECT_EQ(seconds.upto[10], 1U);  // 5 ms
  EXPECT_EQ(seconds.upto[16], 2U);  // 0.5 s
  EXPECT_EQ(readings.at("credence_queue_depth")[0].value, 7);
}

}  // namespace
}  // namespace credence::metrics
