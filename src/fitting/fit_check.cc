#include "fitting/fit_check.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <numeric>
#include <string>
#include <unordered_map>

namespace credence::fitting {
namespace {

[[gnu::format(printf, 1, 2)]] std::string Format(const char* format, ...) {
  char text[300];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

// The first row with a value that is not finite; rows when there is none.
std::size_t FirstBadRow(std::span<const float> values, std::size_t size, std::size_t rows) {
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  return bad == values.end() ? rows : static_cast<std::size_t>(bad - values.begin()) / size;
}

Result<void> CheckLengths(const CalibrationRows& rows) {
  const std::size_t n = rows.labels.size();
  if (rows.classes < 2 || rows.classes > reliability::kClassesMax) {
    return Error{Code::kInvalidArgument,
                 Format("the model has %zu classes; reliability needs 2 to %zu", rows.classes,
                        reliability::kClassesMax)};
  }
  if (rows.feature_size != 0 && (rows.feature_size < reliability::kFeatureSizeMin ||
                                 rows.feature_size > reliability::kFeatureSizeMax)) {
    return Error{
        Code::kInvalidArgument,
        Format("feature tap of %zu values; it must have %zu to %zu, or be left out",
               rows.feature_size, reliability::kFeatureSizeMin, reliability::kFeatureSizeMax)};
  }
  if (rows.shape.size() == 0 || (rows.shape.channels != 1 && rows.shape.channels != 3)) {
    return Error{Code::kInvalidArgument,
                 Format("pictures of %zu x %zu x %zu; channels must be 1 or 3", rows.shape.height,
                        rows.shape.width, rows.shape.channels)};
  }
  if (rows.pictures.size() != n * rows.shape.size() || rows.logits.size() != n * rows.classes ||
      rows.features.size() != n * rows.feature_size) {
    return Error{Code::kInvalidArgument,
                 Format("%zu labels do not fit %zu levels, %zu logits and %zu features", n,
                        rows.pictures.size(), rows.logits.size(), rows.features.size())};
  }
  return {};
}

Result<void> CheckCosts(const FitOptions& options) {
  std::vector<double> costs = options.class_cost;
  costs.push_back(options.cost);
  for (const double cost : costs) {
    if (cost >= kCostMin && std::isfinite(cost)) continue;
    return Error{Code::kInvalidArgument,
                 Format("a wrong accepted answer that costs %g answers of a person; it must be at "
                        "least %g",
                        cost, kCostMin)};
  }
  return {};
}

Result<void> CheckOptions(const FitOptions& options) {
  for (const std::optional<double>& risk : {options.risk, options.class_risk}) {
    if (!risk || (*risk > 0 && *risk < 0.5)) continue;
    return Error{Code::kInvalidArgument,
                 Format("target risk %g; it must be above 0 and below 0.5", *risk)};
  }
  if (!(options.risk_error > 0 && options.risk_error < 0.5)) {
    return Error{Code::kInvalidArgument,
                 Format("error probability %g of the risk; it must be above 0 and below 0.5",
                        options.risk_error)};
  }
  if (!(options.foreign_share >= 0 && options.foreign_share < 1)) {
    return Error{Code::kInvalidArgument,
                 Format("share of foreign pictures %g; it must be 0 or more and below 1",
                        options.foreign_share)};
  }
  return CheckCosts(options);
}

// Of the rows that all have a group: how many are in the largest.
std::size_t LargestGroup(const CalibrationRows& rows) {
  std::unordered_map<std::int32_t, std::size_t> sizes;
  std::size_t largest = 0;
  for (const std::int32_t group : rows.groups) largest = std::max(largest, ++sizes[group]);
  return largest;
}

void WarnOfGroups(const CalibrationRows& rows, const FitReport& report,
                  const reliability::Profile& profile, std::vector<std::string>& warnings) {
  const std::size_t n = profile.certifying();
  if (!rows.groups.empty() && n < 100) {
    warnings.push_back(Format(
        "only %zu groups certify: ordinary pictures of new groups are called unfamiliar up to %.1f "
        "%% of the time (1 %% needs 99 groups), and small risks cannot be certified",
        n, 100 * profile.rule.alpha_unfamiliar));
  }
  if (2 * LargestGroup(rows) > rows.labels.size()) {
    warnings.push_back(
        "one group holds more than half of the pictures; it learns or certifies "
        "as a whole");
  }
  const reliability::GroupSuspicion& suspicion = profile.suspicion;
  if (!suspicion.by_order && !suspicion.by_distance) return;
  const std::string why =
      suspicion.by_order
          ? Format(
                "%.0f %% of them resemble their neighbour in file order most, %.0f %% would by "
                "chance",
                100 * report.suspicion.beside, 100 * report.suspicion.by_chance)
          : "most have one that is far more alike than all others of their label";
  warnings.push_back("pictures seem to belong together (" + why +
                     "): name the groups (--group-by, --group-column), otherwise every guarantee "
                     "is too optimistic");
}

void WarnOfSize(std::size_t n, std::vector<std::string>& warnings) {
  if (n < 300) {
    warnings.push_back(
        Format("only %zu labelled images: usually no answer can be certified as reliable; "
               "1000 or more are advised",
               n));
  } else if (n < 1000) {
    warnings.push_back(Format(
        "%zu labelled images: the gain over temperature scaling is small and the certified risk 5 "
        "to 10 %%; 1000 or more are advised",
        n));
  }
  if (n < 198) {
    const std::size_t certifying = n - n / 2;
    warnings.push_back(
        Format("ordinary inputs are called unfamiliar up to %.1f %% of the time "
               "(1 %% needs 198 images)",
               100.0 / (static_cast<double>(certifying) + 1)));
  }
}

// Why no risk could be certified: what stopped the largest one at the first threshold tested.
// `n`: certifying rows.
std::string WhyNoThreshold(const RiskSearch& search, std::size_t n) {
  const RiskStep stop = search.stop();
  const double risk = 100 * search.risk;
  if (search.too_few_rows()) {
    return Format(
        "no answer will be reliable: to certify a risk of %g %% takes %zu confident rows without "
        "an error, and the first threshold tested leaves %zu of %zu (%s)",
        risk, search.rows_needed, stop.accepted, n,
        n < search.rows_needed ? "more data is needed"
                               : "a weak model, or wrong labels in the data?");
  }
  return Format(
      "no answer will be reliable: at the first threshold tested %zu of %zu rows are wrong, too "
      "many to certify a risk of %g %% (too little data, or wrong labels in it?)",
      stop.errors, stop.accepted, risk);
}

}  // namespace

Result<void> CheckRows(const CalibrationRows& rows, const FitOptions& options) {
  const std::size_t n = rows.labels.size();
  if (n < kRowsMin) {
    return Error{Code::kInvalidArgument,
                 Format("%zu labelled images; calibrate needs at least %zu", n, kRowsMin)};
  }
  if (Result<void> checked = CheckLengths(rows); !checked.ok()) return checked;
  if (Result<void> checked = CheckOptions(options); !checked.ok()) return checked;
  if (!options.class_cost.empty() && options.class_cost.size() != rows.classes) {
    return Error{Code::kInvalidArgument,
                 Format("%zu costs for %zu classes", options.class_cost.size(), rows.classes)};
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (rows.labels[i] < 0 || static_cast<std::size_t>(rows.labels[i]) >= rows.classes) {
      return Error{Code::kInvalidArgument,
                   Format("row %zu has label %d; the model has classes 0 to "
                          "%zu",
                          i, rows.labels[i], rows.classes - 1)};
    }
  }
  if (const std::size_t bad = FirstBadRow(rows.logits, rows.classes, n); bad < n) {
    return Error{Code::kFailedPrecondition,
                 Format("the model's output for row %zu is not finite", bad)};
  }
  if (rows.feature_size == 0) return {};
  if (const std::size_t bad = FirstBadRow(rows.features, rows.feature_size, n); bad < n) {
    return Error{Code::kFailedPrecondition,
                 Format("the model's features for row %zu are not finite", bad)};
  }
  return {};
}

Result<void> CheckCopies(const CalibrationRows& rows, const ModelOutputs& outputs,
                         std::size_t first, std::size_t count) {
  if (outputs.logits.size() != count * rows.classes ||
      outputs.features.size() != count * rows.feature_size) {
    return Error{Code::kInternal,
                 Format("the model gave %zu logits and %zu features for %zu pictures",
                        outputs.logits.size(), outputs.features.size(), count)};
  }
  std::size_t bad = FirstBadRow(outputs.logits, rows.classes, count);
  if (rows.feature_size != 0) {
    bad = std::min(bad, FirstBadRow(outputs.features, rows.feature_size, count));
  }
  if (bad < count) {
    return Error{Code::kFailedPrecondition,
                 Format("the model's output for corrupted copy %zu is not finite", first + bad)};
  }
  return {};
}

Result<void> CheckGroups(const CalibrationRows& rows, const Split& split) {
  if (rows.groups.empty() || split.groups_b >= kGroupsMin) return {};
  return Error{Code::kInvalidArgument,
               Format("%zu groups certify; at least %zu are needed: what is promised is promised "
                      "of new groups",
                      split.groups_b, kGroupsMin)};
}

void WarnOfFields(const reliability::Profile& profile, std::vector<std::string>& warnings) {
  constexpr std::size_t kEnough = 100;
  for (const reliability::FieldCertificate& field : profile.fields) {
    if (field.u_sorted.size() < kEnough) {
      warnings.push_back(
          Format("%zu fields of %zu pictures certify: %.1f %% of ordinary fields are called "
                 "unfamiliar, and "
                 "only high error rates can be certified; a hundred or more are better",
                 field.u_sorted.size(), field.length, 100 * field.rule.alpha_unfamiliar));
    }
    if (!field.rule.rung) {
      warnings.push_back(
          Format("no error rate of fields of %zu pictures could be certified: none "
                 "is called reliable",
                 field.length));
    }
  }
}

void AddWarnings(const CalibrationRows& rows, const reliability::Profile& profile,
                 const std::vector<int>& rows_correct, FitReport& report) {
  for (std::size_t c = 0; c < profile.classes; ++c) {
    if (profile.present[c] == 0) report.missing_classes.push_back(static_cast<std::int32_t>(c));
  }
  std::vector<std::string>& warnings = report.warnings;
  const std::size_t rows_b = report.split.b.size();
  if (rows.groups.empty()) WarnOfSize(report.split.a.size() + rows_b, warnings);
  WarnOfGroups(rows, report, profile, warnings);
  if (!report.missing_classes.empty()) {
    warnings.push_back(
        Format("%zu of %zu classes have no row in the learning half; answers of "
               "these classes get a P(correct) near 0",
               report.missing_classes.size(), profile.classes));
  }
  if (report.duplicates * 100 > rows_b) {
    warnings.push_back(
        Format("%zu of %zu certifying images also are in the learning half: the "
               "figures are too good",
               report.duplicates, rows_b));
  }
  const int correct = std::accumulate(rows_correct.begin(), rows_correct.end(), 0);
  if (correct == static_cast<int>(rows_correct.size())) {
    warnings.push_back(
        "the model is right on every row of the learning half; is it calibrated on "
        "images that it was trained on?");
  } else if (correct == 0) {
    warnings.push_back("the model is wrong on every row of the learning half");
  }
  if (!profile.rule.rung) {
    warnings.push_back(WhyNoThreshold(report.risks.back(), profile.certifying()));
  }
  WarnOfFields(profile, warnings);
}

}  // namespace credence::fitting
