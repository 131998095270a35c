#include "serving/version_metrics.h"

#include <string>

namespace credence::serving {
namespace {

using metrics::Metrics;

const metrics::Buckets kBatchSizes = {1, 2, 4, 8, 16, 32, 64};

metrics::Labels With(metrics::Labels labels, const char* name, std::string_view value) {
  labels.emplace(name, value);
  return labels;
}

DriftMetrics MakeDriftMetrics(const metrics::Labels& labels, Metrics& metrics) {
  return {
      .log_evidence = &metrics.Gauge({"credence_drift_log_evidence",
                                      "Natural logarithm of the drift statistic; the alarm is at "
                                      "11.5"},
                                     labels),
      .drifting = &metrics.Gauge(
          {"credence_drifting", "1 while the inputs are unlike the calibration data as a whole"},
          labels),
      .alarms = &metrics.Counter(
          {"credence_drift_alarms_total", "Times that the drift statistic reached its alarm"},
          labels)};
}

}  // namespace

VersionMetrics MakeVersionMetrics(const predictor::Predictor& predictor, Metrics& metrics) {
  const metrics::Labels labels = {{"predictor", predictor.name()},
                                  {"version", std::to_string(predictor.version())}};
  VersionMetrics handles;
  for (std::size_t i = 0; i < metrics::kPhases; ++i) {
    const std::string_view phase = metrics::PhaseName(static_cast<metrics::Phase>(i));
    handles.phases[i] = &metrics.Histogram(
        {"credence_phase_duration_seconds",
         "Time of one phase of a prediction; infer and assess are those of its whole batch"},
        With(labels, "phase", phase), metrics::kSeconds);
  }
  handles.batch_size =
      &metrics.Histogram({"credence_batch_size", "Pictures that went through the model together"},
                         labels, kBatchSizes);
  for (std::size_t i = 0; i < kVerdicts; ++i) {
    const std::string_view verdict = VerdictName(static_cast<reliability::Verdict>(i));
    handles.verdicts[i] = &metrics.Counter({"credence_verdicts_total", "Predictions by verdict"},
                                           With(labels, "verdict", verdict));
  }
  if (predictor.labels().size() <= kCountedClassesMax) {
    for (const std::string& name : predictor.labels()) {
      handles.classes.push_back(
          &metrics.Counter({"credence_predictions_total", "Predictions by the predicted class"},
                           With(labels, "class", name)));
    }
  }
  handles.load_seconds = &metrics.Gauge(
      {"credence_load_duration_seconds", "Time to load and self-test the version"}, labels);
  handles.unobserved =
      &metrics.Counter({"credence_unobserved_total",
                        "Batches that were answered, but missed in verdict counts or drift, for "
                        "want of memory"},
                       labels);
  if (predictor.profile() != nullptr) handles.drift = MakeDriftMetrics(labels, metrics);
  return handles;
}

}  // namespace credence::serving
