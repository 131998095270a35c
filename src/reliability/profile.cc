#include "reliability/profile.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "reliability/image_stats.h"

namespace credence::reliability {
namespace {

constexpr std::size_t kSideMax = std::size_t{1} << 16;  // px
constexpr std::size_t kPassesMax = 1000;
constexpr std::size_t kPilotMax = 91;  // logits 9.0, 8.9, … 0

Error Bad(std::string message) { return {Code::kDataLoss, "profile: " + std::move(message)}; }

Error BadLength(std::string_view part, std::size_t actual, std::size_t expected) {
  return Bad(std::string(part) + " has " + std::to_string(actual) + " values instead of " +
             std::to_string(expected));
}

// Collects the first thing that is wrong.
class Checker {
 public:
  void Require(bool holds, std::string_view what) {
    if (!holds && result_.ok()) result_ = Bad(std::string(what));
  }
  void Length(std::string_view part, std::size_t actual, std::size_t expected) {
    if (actual != expected && result_.ok()) result_ = BadLength(part, actual, expected);
  }
  template <class Values>
  void Finite(std::string_view part, const Values& values) {
    Require(std::all_of(values.begin(), values.end(), [](auto v) { return std::isfinite(v); }),
            std::string(part) + " holds a value that is not finite");
  }
  template <class Values>
  void Array(std::string_view part, const Values& values, std::size_t expected) {
    Length(part, values.size(), expected);
    Finite(part, values);
  }
  bool ok() const { return result_.ok(); }
  Result<void> result() const { return result_; }

 private:
  Result<void> result_;
};

void CheckShape(const Profile& p, Checker& check) {
  check.Require(p.classes >= 2 && p.classes <= kClassesMax,
                std::to_string(p.classes) + " classes; the limit is 2 to 1000");
  check.Require(p.labels.empty() || p.labels.size() == p.classes,
                std::to_string(p.labels.size()) + " class labels for " + std::to_string(p.classes) +
                    " classes");
  const auto side = [](std::size_t s) { return s >= 1 && s <= kSideMax; };
  check.Require(side(p.picture.height) && side(p.picture.width), "picture size out of range");
  check.Require(p.picture.channels == 1 || p.picture.channels == 3,
                std::to_string(p.picture.channels) + " channels; must be 1 or 3");
  check.Require(std::isfinite(p.temperature) && p.temperature > 0, "temperature must be above 0");
  check.Require(p.passes >= 1 && p.passes <= kPassesMax, "passes must be 1 to 1000");
  check.Finite("scaling mean", p.scaling.mean);
  check.Finite("scaling sd", p.scaling.sd);
  check.Require(
      std::all_of(p.scaling.sd.begin(), p.scaling.sd.end(), [](double s) { return s > 0; }),
      "scaling sd must be above 0");
  for (const std::vector<std::size_t>* rows :
       {&p.provenance.class_rows_a, &p.provenance.class_rows_b}) {
    check.Require(rows->empty() || rows->size() == p.classes, "rows per class do not fit classes");
  }
}

void CheckGaussians(std::string_view part, const FloatGaussians& g, std::size_t classes,
                    std::size_t size, Checker& check) {
  const std::size_t square = size * size;
  check.Array(std::string(part) + "_mean", g.mean, classes * size);
  check.Array(std::string(part) + "_factor", g.factor,
              g.factor.size() == square ? square : classes * square);
  check.Array(std::string(part) + "_logdet", g.logdet, classes);
}

void CheckPixels(const Profile& p, Checker& check) {
  check.Length("present", p.present.size(), p.classes);
  check.Require(std::all_of(p.present.begin(), p.present.end(),
                            [](std::int32_t v) { return v == 0 || v == 1; }) &&
                    std::find(p.present.begin(), p.present.end(), 1) != p.present.end(),
                "present must be 0 or 1, and 1 for some class");
  const std::size_t pixels = p.thumbnail().size();
  check.Array("pca_mean", p.pca_mean, pixels);
  if (pixels == 0) return;
  check.Require(
      p.components >= 1 && p.components <= pixels,
      std::to_string(p.components) + " components of " + std::to_string(pixels) + " pixels");
  if (!check.ok()) return;
  check.Array("pca_basis", p.pca_basis, p.components * pixels);
  CheckGaussians("sub", p.shape, p.classes, p.components, check);
  CheckGaussians("sta", p.statistic, p.classes, kStatistics, check);
  check.Finite("sta_center", p.statistic_center);
  check.Require(std::all_of(p.statistic_scale.begin(), p.statistic_scale.end(),
                            [](float s) { return std::isfinite(s) && s > 0; }),
                "sta_scale must be above 0");
}

void CheckFeatures(const Profile& p, Checker& check) {
  if (!p.has_features()) {
    check.Length("bank", p.bank.size() + p.bank_label.size(), 0);
    return;
  }
  check.Require(p.feature_size >= kFeatureSizeMin && p.feature_size <= kFeatureSizeMax,
                "feature size " + std::to_string(p.feature_size) + "; the limit is 2 to 8192");
  check.Require(!p.bank_label.empty(), "the feature bank is empty");
  if (!check.ok()) return;
  check.Array("bank", p.bank, p.bank_label.size() * p.feature_size);
  check.Require(std::all_of(p.bank_label.begin(), p.bank_label.end(),
                            [&](std::int32_t label) {
                              return label >= 0 && static_cast<std::size_t>(label) < p.classes;
                            }),
                "bank_label outside the classes");
}

void CheckSignals(const Profile& p, Checker& check) {
  for (std::size_t j = 0; j < kSignals; ++j) {
    const bool of_features = j == kNeighbourRatio || j == kFeatureNearness;
    const bool of_logits = j == kMargin || j == kEnergy;
    const bool of_pixels = p.has_pixels() && (j != kShapeNearness || p.evidence.content);
    const bool expected = of_logits || (of_features ? p.has_features() : of_pixels);
    const std::string name = "signal " + std::string(SignalName(j));
    check.Require(p.standard.has(j) == expected, name + (expected ? " is missing" : " is extra"));
    if (!expected) continue;
    check.Require(std::isfinite(p.standard.mean[j]) && std::isfinite(p.standard.sd[j]) &&
                      p.standard.sd[j] > 0 && std::isfinite(p.beta[j]),
                  name + " needs a finite mean and coefficient and an SD above 0");
  }
  check.Require(std::isfinite(p.intercept), "the intercept is not finite");
  for (std::size_t k = 0; k < kUnfamiliarityTerms; ++k) {
    const std::size_t j = kUnfamiliaritySignals[k];
    check.Require(
        p.standard.has(j) ? p.u_weight[k] >= 0 && p.u_weight[k] <= 1 : std::isnan(p.u_weight[k]),
        "the weight of " + std::string(SignalName(j)) + " in u must be 0 to 1");
  }
}

bool IsCost(double cost) { return std::isfinite(cost) && cost > 1; }
bool IsShare(double share) { return share > 0 && share < 1; }

void CheckLadder(const VerdictRule& rule, Checker& check) {
  check.Require(rule.rungs.size() <= kRungsMax, "a ladder of over 5 risks");
  double last = 0;
  for (const Rung& rung : rule.rungs) {
    check.Require(rung.risk > last && rung.risk < 1, "risks must ascend between 0 and 1");
    check.Require(!rung.theta || std::isfinite(*rung.theta), "a threshold is not finite");
    check.Require(rung.share >= 0 && rung.share <= 1, "a share must be 0 to 1");
    last = rung.risk;
  }
  check.Require(!rule.rung || (*rule.rung < rule.rungs.size() && rule.rungs[*rule.rung].theta),
                "the risk of the verdict is not certified");
  check.Require(IsShare(rule.alpha_unfamiliar) && IsShare(rule.alpha_reliable),
                "levels of the verdict must lie between 0 and 1");
  check.Require(IsCost(rule.cost) && std::ranges::all_of(rule.class_cost, IsCost),
                "costs must be above 1");
}

void CheckU(std::string_view name, const std::vector<double>& u, Checker& check) {
  check.Finite(name, u);
  check.Require(!u.empty() && std::is_sorted(u.begin(), u.end()),
                std::string(name) + " must be ascending and not empty");
}

void CheckFields(const Profile& p, Checker& check) {
  std::size_t last = kFieldLengthMin - 1;
  for (const FieldCertificate& field : p.fields) {
    check.Require(field.length > last && field.length <= kFieldLengthMax,
                  "lengths of fields must ascend between 2 and 64");
    CheckU("field_u", field.u_sorted, check);
    CheckLadder(field.rule, check);
    last = field.length;
  }
}

void CheckRules(const Profile& p, Checker& check) {
  CheckU("u_sorted", p.u_sorted, check);
  check.Require(std::none_of(p.lac_quantile.begin(), p.lac_quantile.end(),
                             [](double q) { return std::isnan(q); }),
                "a quantile of the prediction sets is missing");
  check.Require(IsShare(p.risk_error) && p.foreign_share >= 0 && p.foreign_share < 1,
                "shares must lie between 0 and 1");
  CheckLadder(p.rule, check);
  for (const std::vector<double>* values : {&p.rule.class_cost, &p.rule.class_risk}) {
    check.Require(values->empty() || values->size() == p.classes,
                  "costs or risks of classes do not fit classes");
  }
  CheckFields(p, check);
  check.Require(p.pilot.size() <= kPilotMax &&
                    std::all_of(p.pilot.begin(), p.pilot.end(),
                                [](const PilotPoint& point) {
                                  return point.share > 0 && point.share <= 1 && point.errors >= 0;
                                }),
                "points of the pilot must be at most 91, with shares of 0 to 1");
  check.Require(
      p.drift.size() <= kDriftLevelsMax &&
          std::all_of(p.drift.begin(), p.drift.end(),
                      [](const DriftLevel& d) { return IsShare(d.level) && IsShare(d.bound); }),
      "drift levels must be at most 4, between 0 and 1");
}

}  // namespace

double ConfidenceLimit(std::size_t n) {
  const double digits = std::floor(std::log10(static_cast<double>(n) + 1) + 1e-9);
  return 1 - std::pow(10, -std::max(1.0, digits));
}

const FieldCertificate* Profile::FindField(std::size_t length) const {
  const auto found = std::ranges::find(fields, length, &FieldCertificate::length);
  return found == fields.end() ? nullptr : &*found;
}

Result<void> Validate(const Profile& profile) {
  Checker check;
  CheckShape(profile, check);
  if (check.ok()) CheckPixels(profile, check);
  if (check.ok()) CheckFeatures(profile, check);
  if (check.ok()) CheckSignals(profile, check);
  if (check.ok()) CheckRules(profile, check);
  return check.result();
}

}  // namespace credence::reliability
