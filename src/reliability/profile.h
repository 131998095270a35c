// Profile holds everything that a fit learned about one version of a model; and its bytes.
//
// File: sealed (base/seal.h) with magic `RELPROF2` and format version 2; content: u32 header
// length; UTF-8 JSON header; zero padding to 64 bytes; arrays, each aligned to 64 bytes. The header
// lists each array's name, dtype, shape and offset from the end of the padding.
//
// A profile is only right for the model it was fitted on: the caller compares
// `provenance.model_files` with the files it is about to serve and refuses a profile that does not
// match.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "reliability/drift.h"
#include "reliability/familiarity.h"
#include "reliability/field.h"
#include "reliability/logits.h"
#include "reliability/pilot.h"
#include "reliability/prediction_set.h"
#include "reliability/report_card.h"
#include "reliability/scaling.h"
#include "reliability/signals.h"
#include "reliability/thumbnail.h"
#include "reliability/verdict.h"

namespace credence::reliability {

inline constexpr std::uint32_t kProfileFormat = 2;
inline constexpr std::size_t kClassesMax = 1000;
inline constexpr std::size_t kFeatureSizeMin = 2;
inline constexpr std::size_t kFeatureSizeMax = 8192;

// Where the profile comes from. Filled by the caller but for the numbers.
struct Provenance {
  std::string creator;  // "credence 0.1.0"
  std::string created;  // RFC 3339, UTC
  std::uint64_t seed = 0;
  std::size_t rows_a = 0;
  std::size_t rows_b = 0;
  std::vector<std::size_t> class_rows_a;  // [classes]
  std::vector<std::size_t> class_rows_b;  // [classes]
  std::size_t groups_a = 0;               // of rows that belong together; without groups: rows_a
  std::size_t groups_b = 0;
  std::string group_source;  // what gave the groups: "column group"; empty: nothing
  std::string data_digest;
  std::map<std::string, std::string> options;      // as given to `calibrate`
  std::map<std::string, std::string> model_files;  // path in the version -> SHA-256, hex
  std::string signature;
  std::string input_name;
  std::string logits_name;
  std::string feature_name;
};

// Whether rows seem to belong together although nobody named groups (fitting/hidden_groups.h).
// NaN: not looked at, or too few rows.
struct GroupSuspicion {
  double order_excess = std::numeric_limits<double>::quiet_NaN();
  double distance_median = std::numeric_limits<double>::quiet_NaN();
  bool by_order = false, by_distance = false;
};

// What the weights of u were learned from.
struct Evidence {
  PixelKnowledge pixels;   // not set without a pixel side
  bool content = false;    // HasContent(pixels)
  std::size_t errors = 0;  // wrong rows of A
  double energy_auroc = std::numeric_limits<double>::quiet_NaN();
};

struct ScalingRow {
  std::string name;
  bool inverted = false;
  double criterion = 0;  // nats; +inf: the model's output was not finite
};

// One Gaussian a class, as fitting/class_gaussians.h fits it, in float32.
struct FloatGaussians {
  std::vector<float> mean;    // [classes, d]
  std::vector<float> factor;  // [classes or 1, d, d], lower
  std::vector<float> logdet;  // [classes]
};

struct Profile {
  Provenance provenance;
  // What calibration found about the model's input, as the caller's text; empty: not kept. The
  // profile has a copy so that it cannot be combined with the input of another calibration.
  std::string input;

  Scaling scaling;
  std::vector<ScalingRow> scaling_table;
  LogitRule logit_rule = LogitRule::kAsGiven;  // for the caller: what ToLogits does before Assess
  double temperature = 1;
  bool stochastic = false;
  std::size_t passes = 1;  // evaluations a prediction, when stochastic

  std::size_t classes = 0;          // K, 2..1000
  std::vector<std::string> labels;  // [classes], or empty
  PictureShape picture;             // canonical

  // Pixel side; empty where ThumbnailShape(picture) is.
  std::size_t components = 0;    // d
  std::vector<float> pca_mean;   // [pixels]
  std::vector<float> pca_basis;  // [components, pixels]
  FloatGaussians shape;          // of the PCA scores, `sub_*` in the file
  std::array<float, 8> statistic_center = {};
  std::array<float, 8> statistic_scale = {};
  FloatGaussians statistic;           // of the standardised statistics, `sta_*` in the file
  std::vector<std::int32_t> present;  // [classes]: 1 when the class has rows in A; always there

  // Feature side; empty when feature_size is 0.
  std::size_t feature_size = 0;  // p
  std::vector<float> bank;       // [bank_label.size(), p], unit rows
  std::vector<std::int32_t> bank_label;

  Standard standard;
  Signals beta = NoSignals();  // NaN for an absent signal
  double intercept = 0;

  Evidence evidence;
  GroupSuspicion suspicion;
  UnfamiliarityValues u_weight = {};  // NaN for an absent signal
  double foreign_share = 0.01;        // π: of the traffic, for the published confidence
  std::vector<double> u_sorted;       // [n], ascending; n: rows that certify, one a group of B
  std::array<double, kCoverageLevels.size()> lac_quantile = {};  // +inf: the set is all classes
  double risk_error = 0.05;  // δ: of all rungs together, and of all class risks together
  VerdictRule rule;
  // Of ascending length; empty: none was asked for. Not in files written before there were fields.
  std::vector<FieldCertificate> fields;
  std::vector<DriftLevel> drift;
  std::vector<PilotPoint> pilot;  // of descending logit; what plans are made from
  ReportCard card;                // on B

  PictureShape thumbnail() const { return ThumbnailShape(picture); }
  std::size_t certifying() const { return u_sorted.size(); }  // n
  // nullptr: fields of this length were not calibrated.
  const FieldCertificate* FindField(std::size_t length) const;
  bool has_pixels() const { return !pca_mean.empty(); }
  bool has_features() const { return feature_size != 0; }
};

// The largest confidence that n certifying rows can tell from certainty: 1 - 10^-k, k the digits of
// n + 1 but one. What is above is to be shown to people as "> 99.9 %".
double ConfidenceLimit(std::size_t n);

// Checks that all parts fit together: lengths, ranges, finite values, order of u_sorted. What Parse
// and fitting::FitProfile return has passed it; an Assessor requires it.
// Errors: kDataLoss - naming the part, the expectation and the actual value.
Result<void> Validate(const Profile& profile);

// REQUIRES: Validate(profile).ok(). Strings that are not UTF-8 lose the offending bytes.
std::vector<std::uint8_t> Serialize(const Profile& profile);

// Errors: kDataLoss - not a profile, truncated, a wrong checksum, arrays outside the file, or parts
//         that do not fit together; kFailedPrecondition - another format version.
Result<Profile> Parse(std::span<const std::uint8_t> bytes);

}  // namespace credence::reliability
