// FitProfile learns a profile from labelled rows: half A learns, half B certifies.
//
// Assumes:  rows the model was not trained on, drawn like the inputs it will serve.
// Guarantees (all from B alone, finite-sample; with groups for a random picture of a new group):
//          familiarity p-values, coverage of prediction sets, error rates above the thresholds of
//          the ladder and among the reliable answers of classes. See reliability/familiarity.h,
//          reliability/prediction_set.h and selective_risk.h.
// Deterministic: the same rows, seed and model give the same profile.
// In double throughout; needs about 30 MB for 5000 rows of 28 x 28.
//
// The caller first chooses the scaling (choose_scaling.h) on the first rows of SplitRows(…).a
// and runs the model on every row; `run_model` applies the same scaling.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "fitting/corrupt.h"
#include "fitting/fields.h"
#include "fitting/hidden_groups.h"
#include "fitting/selective_risk.h"
#include "fitting/split.h"
#include "reliability/profile.h"

namespace credence::fitting {

inline constexpr std::size_t kRowsMin = 100;
inline constexpr std::size_t kGroupsMin = 10;  // in B

// One labelled row after another, n = labels.size() of them, in the data set's order.
struct CalibrationRows {
  reliability::PictureShape shape;            // of a canonical picture
  std::size_t classes = 0;                    // 2..1000
  std::size_t feature_size = 0;               // 2..8192, or 0: no feature side
  std::span<const std::uint8_t> pictures;     // [n, height, width, channels], canonical
  std::span<const float> logits;              // [n, classes], after ToLogits / CombinePasses
  std::span<const float> features;            // [n, feature_size]
  std::span<const std::int32_t> labels;       // [n], 0..classes - 1
  std::span<const std::int32_t> groups = {};  // [n]: rows of one belong together; or empty
  std::span<const std::int32_t> torn = {};    // groups that have lost a row, for fields
  std::span<const std::size_t> order = {};    // see SuspicionRows; without groups only
};

struct ModelOutputs {
  std::vector<float> logits;    // [count, classes], after ToLogits / CombinePasses
  std::vector<float> features;  // [count, feature_size]
  // [count, classes]: of each class's probability over several passes; empty after one pass.
  std::vector<float> variance = {};
};
// Runs the model on `count` canonical pictures, contiguous. Called with at most kRunBatch of them.
using RunModel =
    std::function<Result<ModelOutputs>(std::span<const std::uint8_t> pictures, std::size_t count)>;
inline constexpr std::size_t kRunBatch = 250;

inline constexpr double kCostMin = 2;

struct FitOptions {
  std::uint64_t seed = 0;
  // One target error rate among `reliable` answers, (0, 0.5); default: the ladder .5, 1, 2, 5, 10
  // %.
  std::optional<double> risk = {};
  // What share of the answers should be `reliable`: the smallest certified risk that has it;
  // default: the certified risk that saves most (BestRung).
  std::optional<double> reliable_share = {};
  std::optional<double> class_risk = {};    // see VerdictRule::class_risk_max
  double cost = reliability::kCostDefault;  // see VerdictRule; at least kCostMin
  std::vector<double> class_cost = {};      // [classes], or empty
  double foreign_share = 0.01;              // of the traffic, [0, 1)
  FieldOptions fields = {};
  double risk_error = 0.05;  // probability that a guarantee fails, (0, 0.5)
};

struct FitReport {
  Split split;
  std::vector<std::int32_t> missing_classes;  // without a row in A
  std::size_t duplicates = 0;                 // rows of B whose picture also is in A, bit for bit
  std::array<std::size_t, kDamages> copies = {};          // corrupted copies of each kind
  std::array<std::size_t, kDamages> copies_correct = {};  // of which the model was right
  std::vector<RiskSearch> risks;                          // why there are thresholds, or none
  std::vector<std::int32_t> classes_tested;               // for certificates of their own
  std::vector<FieldSearch> fields;                        // as Profile::fields
  Suspicion suspicion;                                    // not looked at where there are groups
  std::vector<std::string> warnings;                      // sentences for people
};

struct Fitted {
  reliability::Profile profile;  // provenance: seed and row counts only; scaling, logit_rule,
                                 // stochastic, passes and labels are the caller's to set
  FitReport report;
};

// Errors: kInvalidArgument - fewer than 100 rows, a label outside 0..classes-1, lengths or options
//         that do not fit, CertifyFields's; kFailedPrecondition - NaN or ±inf in logits or features
//         (naming the first row); whatever `run_model` returns.
Result<Fitted> FitProfile(const CalibrationRows& rows, const RunModel& run_model,
                          const FitOptions& options);

}  // namespace credence::fitting
