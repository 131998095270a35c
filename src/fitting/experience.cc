#include "fitting/experience.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fitting/fit_check.h"
#include "fitting/logistic.h"
#include "fitting/streams.h"
#include "reliability/logits.h"

namespace credence::fitting {
namespace {

constexpr double kWeightOfRows = 0.95;  // against 0.05 for all damaged copies together
constexpr double kZetaMax = 10;

// One batch of outputs; Look(i) looks at its row i as the row of A that it stands for.
class Batch {
 public:
  Batch(const CrossFit& cross_fit, const LearnRows& learn, const ModelOutputs& outputs,
        std::span<const float> x)
      : cross_fit_(cross_fit),
        learn_(learn),
        outputs_(outputs),
        x_(x),
        pixels_(reliability::ThumbnailShape(learn.picture).size()) {}

  std::size_t size() const { return outputs_.logits.size() / learn_.classes; }
  std::span<const float> Logits(std::size_t i) const {
    return RowOf<float>(outputs_.logits, i, learn_.classes);
  }
  std::int32_t Predicted(std::size_t i) const {
    return static_cast<std::int32_t>(reliability::Argmax(Logits(i)));
  }
  Seen Look(std::size_t i, std::size_t source) const {
    LearnOutput output;
    output.logits = Logits(i);
    if (learn_.feature_size != 0) {
      output.features = RowOf<float>(outputs_.features, i, learn_.feature_size);
    }
    if (pixels_ != 0) output.x = RowOf(x_, i, pixels_);
    return cross_fit_.Look(source, output);
  }

 private:
  const CrossFit& cross_fit_;
  const LearnRows& learn_;
  const ModelOutputs& outputs_;
  const std::span<const float> x_;
  const std::size_t pixels_;
};

double Clipped(double zeta) { return std::clamp(zeta, -kZetaMax, kZetaMax); }

}  // namespace

std::vector<float> Thumbnails(std::span<const std::uint8_t> pictures,
                              const reliability::PictureShape& shape) {
  const std::size_t size = reliability::ThumbnailShape(shape).size();
  const std::size_t count = pictures.size() / shape.size();
  std::vector<float> x(count * size);
  for (std::size_t i = 0; i < count && size != 0; ++i) {
    reliability::MakeThumbnail(RowOf(pictures, i, shape.size()), shape,
                               std::span(x).subspan(i * size, size));
  }
  return x;
}

void LookAtRows(const CrossFit& cross_fit, const LearnRows& learn, const ModelOutputs& outputs,
                Experience& experience) {
  const Batch batch(cross_fit, learn, outputs, learn.x);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Seen seen = batch.Look(i, i);
    experience.rows.push_back(seen.signals);
    experience.predicted.push_back(batch.Predicted(i));
    experience.rows_correct.push_back(batch.Predicted(i) == learn.labels[i] ? 1 : 0);
    if (seen.second_opinion == static_cast<std::size_t>(learn.labels[i])) {
      ++experience.pixels_correct;
    }
  }
}

Result<void> LearnFromCopies(const CalibrationRows& rows, const LearnRows& learn,
                             const CrossFit& cross_fit, const RunModel& run_model,
                             std::uint64_t seed, Experience& experience, FitReport& report) {
  const std::uint64_t copies_seed = StreamSeed(seed, Stream::kCopies);
  const std::size_t rows_a = learn.labels.size();
  const std::size_t total = CopyCount(rows_a);
  const std::size_t size = rows.shape.size();
  std::vector<std::uint8_t> pictures;
  for (std::size_t begin = 0; begin < total; begin += kRunBatch) {
    const std::size_t count = std::min(kRunBatch, total - begin);
    pictures.resize(count * size);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = report.split.a[(begin + i) % rows_a];
      Corrupt(DrawCorruption(copies_seed, begin + i), RowOf(rows.pictures, row, size), rows.shape,
              std::span(pictures).subspan(i * size, size));
    }
    Result<ModelOutputs> outputs = run_model(pictures, count);
    if (!outputs.ok()) return outputs.error();
    if (Result<void> checked = CheckCopies(rows, *outputs, begin, count); !checked.ok()) {
      return checked.error();
    }
    const std::vector<float> x = Thumbnails(pictures, rows.shape);
    const Batch batch(cross_fit, learn, *outputs, x);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t source = (begin + i) % rows_a;
      experience.copies.push_back(batch.Look(i, source).signals);
      experience.copies_correct.push_back(batch.Predicted(i) == learn.labels[source] ? 1 : 0);
    }
  }
  for (std::size_t k = 0; k < total; ++k) {
    const auto kind = static_cast<std::size_t>(DrawCorruption(copies_seed, k).damage);
    ++report.copies[kind];
    report.copies_correct[kind] += static_cast<std::size_t>(experience.copies_correct[k]);
  }
  return {};
}

void DropShape(Experience& experience) {
  for (std::vector<reliability::Signals>* all : {&experience.rows, &experience.copies}) {
    for (reliability::Signals& signals : *all) {
      signals[reliability::kShapeNearness] = std::numeric_limits<double>::quiet_NaN();
    }
  }
}

reliability::Standard MeasureStandard(const std::vector<reliability::Signals>& rows) {
  reliability::Standard standard;
  const auto n = static_cast<double>(rows.size());
  for (std::size_t j = 0; j < reliability::kSignals; ++j) {
    double sum = 0;
    for (const reliability::Signals& s : rows) sum += s[j];
    const double mean = sum / n;  // NaN for an absent signal
    if (std::isnan(mean)) continue;
    double squares = 0;
    for (const reliability::Signals& s : rows) squares += (s[j] - mean) * (s[j] - mean);
    standard.mean[j] = mean;
    standard.sd[j] = std::sqrt(squares / n) + 1e-9;
  }
  return standard;
}

void FitHead(const Experience& experience, std::size_t groups_a, reliability::Profile& profile) {
  std::vector<std::size_t> available;
  for (std::size_t j = 0; j < reliability::kSignals; ++j) {
    if (profile.standard.has(j)) available.push_back(j);
  }
  const std::size_t rows_a = experience.rows.size();
  const std::size_t copies = experience.copies.size();
  LogisticData data;
  data.x = Matrix(rows_a + copies, available.size());
  const double copy_weight =
      (1 - kWeightOfRows) * static_cast<double>(rows_a) / static_cast<double>(copies);
  for (std::size_t i = 0; i < rows_a + copies; ++i) {
    const bool is_row = i < rows_a;
    const reliability::Signals& signals =
        is_row ? experience.rows[i] : experience.copies[i - rows_a];
    const reliability::Signals zeta = reliability::Standardise(profile.standard, signals);
    for (std::size_t j = 0; j < available.size(); ++j) {
      data.x.row(i)[j] = Clipped(zeta[available[j]]);
    }
    data.offset.push_back(signals[reliability::kMargin]);
    data.weight.push_back(is_row ? kWeightOfRows : copy_weight);
    data.correct.push_back(is_row ? experience.rows_correct[i]
                                  : experience.copies_correct[i - rows_a]);
  }
  const LogisticFit fit = FitLogistic(data, LogisticPenalty(groups_a));
  for (std::size_t j = 0; j < available.size(); ++j) profile.beta[available[j]] = fit.beta[j];
  profile.intercept = fit.intercept;
}

std::vector<double> LearnLogits(const Experience& experience, const reliability::Profile& profile) {
  std::vector<double> logits;
  for (std::size_t i = 0; i < experience.rows.size(); ++i) {
    const reliability::Signals& signals = experience.rows[i];
    const reliability::Signals zeta = reliability::Standardise(profile.standard, signals);
    double logit = signals[reliability::kMargin] + profile.intercept;
    for (std::size_t j = 0; j < reliability::kSignals; ++j) {
      if (profile.standard.has(j)) logit += profile.beta[j] * Clipped(zeta[j]);
    }
    const auto predicted = static_cast<std::size_t>(experience.predicted[i]);
    logits.push_back(logit + reliability::CostShift(profile.rule, predicted));
  }
  return logits;
}

}  // namespace credence::fitting
