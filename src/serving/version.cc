#include "serving/version.h"

namespace credence::serving {
namespace {

class AnswerCounter final : public Observer {
 public:
  explicit AnswerCounter(const VersionMetrics& metrics) : metrics_(metrics) {}

  void Observe(int, std::span<const Observed> batch) override {
    for (const Observed& one : batch) {
      if (one.answer->error) continue;
      const predictor::Prediction& prediction = one.answer->prediction;
      metrics::Increment(*metrics_.verdicts[static_cast<std::size_t>(prediction.verdict)]);
      const auto predicted = static_cast<std::size_t>(prediction.label);
      if (predicted < metrics_.classes.size()) metrics::Increment(*metrics_.classes[predicted]);
    }
  }

 private:
  const VersionMetrics metrics_;
};

std::unique_ptr<DriftWatch> WatchDrift(const predictor::Loaded& loaded, const DriftMetrics& metrics,
                                       const Clock& clock, Log& log) {
  const predictor::Predictor& predictor = *loaded.predictor;
  const reliability::Profile& profile = *predictor.profile();
  const auto tell = [metrics, &log, name = predictor.name(),
                     version = predictor.version()](const DriftAlarm& alarm) {
    metrics::Increment(*metrics.alarms, static_cast<double>(alarm.alarms));
    if (!alarm.began) return;
    log.Warning("inputs drift: they are unlike the calibration data as a whole",
                {{"predictor", name},
                 {"version", version},
                 {"predictions", alarm.state.predictions},
                 {"log_evidence", alarm.state.log_evidence}});
  };
  return std::make_unique<DriftWatch>(profile.drift, profile.u_sorted.size(),
                                      static_cast<int>(loaded.runners.size()), clock, tell);
}

}  // namespace

std::int64_t Tally::LastMilliseconds(const Clock& clock) const {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  const SteadyTime::rep last = last_.load(std::memory_order_relaxed);
  if (last == 0) return 0;
  const auto age = clock.Now() - SteadyTime(SteadyTime::duration(last));
  return duration_cast<milliseconds>(clock.Wall().time_since_epoch() - age).count();
}

Version::Version(predictor::Loaded loaded, metrics::Metrics& metrics, const Clock& clock, Log& log)
    : loaded_(std::move(loaded)),
      metrics_(MakeVersionMetrics(*loaded_.predictor, metrics)),
      run_cost_(loaded_.run_cost) {
  observers_.push_back(std::make_unique<AnswerCounter>(metrics_));
  if (predictor().profile() == nullptr) return;
  auto drift = WatchDrift(loaded_, metrics_.drift, clock, log);
  drift_ = drift.get();
  observers_.push_back(std::move(drift));
}

}  // namespace credence::serving
