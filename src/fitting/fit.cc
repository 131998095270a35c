#include "fitting/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <unordered_set>

#include "fitting/cross_fit.h"
#include "fitting/fit_check.h"
#include "fitting/logistic.h"
#include "fitting/make_report_card.h"
#include "fitting/streams.h"
#include "fitting/temperature.h"
#include "reliability/assess.h"
#include "reliability/familiarity.h"

namespace credence::fitting {
namespace {

constexpr double kWeightOfRows = 0.7;  // against 0.3 for all damaged copies together
constexpr double kZetaMax = 10;

template <class T>
std::span<const T> RowOf(std::span<const T> values, std::size_t row, std::size_t size) {
  return values.subspan(row * size, size);
}

template <class T>
std::vector<T> Gather(std::span<const T> values, const std::vector<std::size_t>& rows,
                      std::size_t size) {
  std::vector<T> gathered;
  gathered.reserve(rows.size() * size);
  for (const std::size_t row : rows) {
    const std::span<const T> source = RowOf(values, row, size);
    gathered.insert(gathered.end(), source.begin(), source.end());
  }
  return gathered;
}

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

// The rows of A and their damaged copies, as the regression sees them.
struct Experience {
  std::vector<reliability::Signals> rows;  // [n_A], cross-fitted
  std::vector<int> rows_correct;
  std::vector<reliability::Signals> copies;
  std::vector<int> copies_correct;
};

int IsCorrect(std::span<const float> logits, std::int32_t label) {
  return reliability::Argmax(logits) == static_cast<std::size_t>(label) ? 1 : 0;
}

// Looks at every row of a batch of outputs; `source(i)` is the row of A that it stands for.
template <class Source>
void LookAtBatch(const CrossFit& cross_fit, const LearnRows& learn, const ModelOutputs& outputs,
                 std::span<const float> x, Source&& source,
                 std::vector<reliability::Signals>& signals, std::vector<int>& correct) {
  const std::size_t pixels = reliability::ThumbnailShape(learn.picture).size();
  const std::size_t count = outputs.logits.size() / learn.classes;
  for (std::size_t i = 0; i < count; ++i) {
    LearnOutput output;
    output.logits = RowOf<float>(outputs.logits, i, learn.classes);
    if (learn.feature_size != 0) {
      output.features = RowOf<float>(outputs.features, i, learn.feature_size);
    }
    if (pixels != 0) output.x = RowOf(x, i, pixels);
    signals.push_back(cross_fit.Look(source(i), output));
    correct.push_back(IsCorrect(output.logits, learn.labels[source(i)]));
  }
}

// Makes the damaged copies batch by batch, runs the model on them and looks at what it says.
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
    LookAtBatch(
        cross_fit, learn, *outputs, Thumbnails(pictures, rows.shape),
        [&](std::size_t i) { return (begin + i) % rows_a; }, experience.copies,
        experience.copies_correct);
  }
  for (std::size_t k = 0; k < total; ++k) {
    const auto kind = static_cast<std::size_t>(DrawCorruption(copies_seed, k).damage);
    ++report.copies[kind];
    report.copies_correct[kind] += static_cast<std::size_t>(experience.copies_correct[k]);
  }
  return {};
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

void FitHead(const Experience& experience, reliability::Profile& profile) {
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
      data.x.row(i)[j] = std::clamp(zeta[available[j]], -kZetaMax, kZetaMax);
    }
    data.offset.push_back(signals[reliability::kMargin]);
    data.weight.push_back(is_row ? kWeightOfRows : copy_weight);
    data.correct.push_back(is_row ? experience.rows_correct[i]
                                  : experience.copies_correct[i - rows_a]);
  }
  const LogisticFit fit = FitLogistic(data, LogisticPenalty(rows_a));
  for (std::size_t j = 0; j < available.size(); ++j) profile.beta[available[j]] = fit.beta[j];
  profile.intercept = fit.intercept;
}

// Logits of P(correct) of the cross-fitted rows of A.
std::vector<double> LearnLogits(const Experience& experience, const reliability::Profile& profile) {
  std::vector<double> logits;
  for (const reliability::Signals& signals : experience.rows) {
    const reliability::Signals zeta = reliability::Standardise(profile.standard, signals);
    double logit = signals[reliability::kMargin] + profile.intercept;
    for (std::size_t j = 0; j < reliability::kSignals; ++j) {
      if (profile.standard.has(j)) {
        logit += profile.beta[j] * std::clamp(zeta[j], -kZetaMax, kZetaMax);
      }
    }
    logits.push_back(logit);
  }
  return logits;
}

// Assesses the rows of B as requests will be, so that they are exchangeable with them.
std::vector<reliability::Assessment> AssessB(const reliability::Profile& profile,
                                             const CalibrationRows& rows,
                                             const std::vector<std::size_t>& b) {
  const reliability::Assessor assessor(profile);
  reliability::AssessScratch scratch;
  std::vector<reliability::Assessment> assessments(b.size());
  std::vector<float> x(profile.thumbnail().size());
  for (std::size_t i = 0; i < b.size(); ++i) {
    reliability::AssessInput input;
    input.logits = RowOf(rows.logits, b[i], rows.classes);
    if (rows.feature_size != 0) {
      input.features = RowOf(rows.features, b[i], rows.feature_size);
    }
    if (!x.empty()) {
      reliability::MakeThumbnail(RowOf(rows.pictures, b[i], rows.shape.size()), rows.shape, x);
      input.x = x;
    }
    assessor.Assess(input, scratch, assessments[i]);
  }
  return assessments;
}

// Everything that B alone decides: p-values, prediction sets, the threshold of `reliable`.
void Certify(const std::vector<reliability::Assessment>& b, std::span<const std::int32_t> labels,
             const std::vector<double>& learn_logits, const FitOptions& options,
             reliability::Profile& profile, FitReport& report) {
  const std::size_t n = b.size();
  std::vector<double> scores;
  profile.u_sorted.clear();
  for (std::size_t i = 0; i < n; ++i) {
    profile.u_sorted.push_back(b[i].unfamiliarity);
    const float p = b[i].probabilities[static_cast<std::size_t>(labels[i])];
    scores.push_back(1 - static_cast<double>(p));
  }
  std::sort(profile.u_sorted.begin(), profile.u_sorted.end());
  for (std::size_t level = 0; level < reliability::kCoverageLevels.size(); ++level) {
    profile.lac_quantile[level] =
        reliability::LacQuantile(scores, reliability::kCoverageLevels[level]);
  }
  profile.rule = {.theta = {},
                  .alpha_unfamiliar = reliability::AlphaUnfamiliar(n),
                  .alpha_reliable = reliability::AlphaReliable(n)};
  profile.risk_error = options.risk_error;
  profile.drift = reliability::DriftLevels(n);

  std::vector<double> certify_logits;
  std::vector<int> certify_errors;
  for (std::size_t i = 0; i < n; ++i) {
    if (reliability::ConformalP(profile.u_sorted, b[i].unfamiliarity) <=
        profile.rule.alpha_reliable)
      continue;
    certify_logits.push_back(b[i].logit);
    certify_errors.push_back(b[i].predicted == static_cast<std::size_t>(labels[i]) ? 0 : 1);
  }
  const std::vector<double> risks =
      options.risk ? std::vector<double>{*options.risk}
                   : std::vector<double>(kRiskLadder.begin(), kRiskLadder.end());
  report.risks = SearchLadder({.learn_logits = learn_logits,
                               .certify_logits = certify_logits,
                               .certify_errors = certify_errors,
                               .rows_b = n},
                              risks, options.risk_error);
  profile.rule.theta = report.risks.back().threshold;
  profile.risk = profile.rule.theta ? report.risks.back().risk : 0;
}

void CountClasses(const CalibrationRows& rows, const Split& split,
                  reliability::Provenance& provenance) {
  provenance.rows_a = split.a.size();
  provenance.rows_b = split.b.size();
  provenance.class_rows_a.assign(rows.classes, 0);
  provenance.class_rows_b.assign(rows.classes, 0);
  for (const std::size_t row : split.a) {
    ++provenance.class_rows_a[static_cast<std::size_t>(rows.labels[row])];
  }
  for (const std::size_t row : split.b) {
    ++provenance.class_rows_b[static_cast<std::size_t>(rows.labels[row])];
  }
}

std::size_t CountDuplicates(const CalibrationRows& rows, const Split& split) {
  const auto bytes = [&](std::size_t row) {
    const auto picture = RowOf(rows.pictures, row, rows.shape.size());
    return std::string_view(reinterpret_cast<const char*>(picture.data()), picture.size());
  };
  std::unordered_set<std::string_view> in_a;
  for (const std::size_t row : split.a) in_a.insert(bytes(row));
  return static_cast<std::size_t>(std::count_if(
      split.b.begin(), split.b.end(), [&](std::size_t row) { return in_a.contains(bytes(row)); }));
}

LearnRows GatherA(const CalibrationRows& rows, const std::vector<std::size_t>& a,
                  std::span<const float> logits) {
  LearnRows learn;
  learn.picture = rows.shape;
  learn.classes = rows.classes;
  learn.feature_size = rows.feature_size;
  learn.labels = Gather(rows.labels, a, 1);
  learn.temperature = FitTemperature(logits, rows.classes, learn.labels).temperature;
  learn.x = Thumbnails(Gather(rows.pictures, a, rows.shape.size()), rows.shape);
  learn.features = Gather(rows.features, a, rows.feature_size);
  return learn;
}

}  // namespace

Result<Fitted> FitProfile(const CalibrationRows& rows, const RunModel& run_model,
                          const FitOptions& options) {
  if (Result<void> checked = CheckRows(rows, options); !checked.ok()) return checked.error();
  Fitted fitted;
  reliability::Profile& profile = fitted.profile;
  FitReport& report = fitted.report;
  report.split = SplitRows(options.seed, rows.labels.size());
  report.duplicates = CountDuplicates(rows, report.split);
  profile.provenance.seed = options.seed;
  CountClasses(rows, report.split, profile.provenance);

  ModelOutputs a;
  a.logits = Gather(rows.logits, report.split.a, rows.classes);
  a.features = Gather(rows.features, report.split.a, rows.feature_size);
  const LearnRows learn = GatherA(rows, report.split.a, a.logits);
  const CrossFit cross_fit(learn, options.seed);
  profile.temperature = learn.temperature;
  profile.classes = rows.classes;
  profile.picture = rows.shape;
  profile.feature_size = rows.feature_size;
  cross_fit.Store(profile);

  Experience experience;
  LookAtBatch(
      cross_fit, learn, a, learn.x, [](std::size_t i) { return i; }, experience.rows,
      experience.rows_correct);
  if (Result<void> learned =
          LearnFromCopies(rows, learn, cross_fit, run_model, options.seed, experience, report);
      !learned.ok()) {
    return learned.error();
  }
  profile.standard = MeasureStandard(experience.rows);
  FitHead(experience, profile);

  const std::vector<std::int32_t> labels_b = Gather(rows.labels, report.split.b, 1);
  Certify(AssessB(profile, rows, report.split.b), labels_b, LearnLogits(experience, profile),
          options, profile, report);
  const std::vector<reliability::Assessment> final_b = AssessB(profile, rows, report.split.b);
  std::vector<CardRow> card_rows;
  for (std::size_t i = 0; i < final_b.size(); ++i) {
    const auto logits = RowOf(rows.logits, report.split.b[i], rows.classes);
    card_rows.push_back(MakeCardRow(final_b[i], logits, labels_b[i]));
  }
  profile.card = MakeReportCard(card_rows);
  AddWarnings(profile, experience.rows_correct, report);
  if (Result<void> valid = reliability::Validate(profile); !valid.ok()) {
    return Annotate(valid.error(), "the fitted profile");
  }
  return fitted;
}

}  // namespace credence::fitting
