#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/json_depth.h"
#include "base/seal.h"
#include "reliability/image_stats.h"
#include "reliability/profile.h"
#include "reliability/profile_json.h"

namespace credence::reliability {
namespace {

constexpr std::string_view kMagic = "RELPROF2";
constexpr std::string_view kMagicBefore = "RELPROF1";
constexpr std::size_t kAlign = 64;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kContext = "reliability profile";  // of error messages

std::size_t Aligned(std::size_t n) { return (n + kAlign - 1) / kAlign * kAlign; }

template <class T>
constexpr std::string_view DtypeName() {
  if constexpr (std::is_same_v<T, float>) return "f32";
  if constexpr (std::is_same_v<T, double>) return "f64";
  if constexpr (std::is_same_v<T, std::int32_t>) return "i32";
}

// ---- writing ----

class ArrayWriter {
 public:
  template <class Values>
  void Add(std::string_view name, const Values& values, const std::vector<std::size_t>& shape) {
    using T = typename Values::value_type;
    bytes_.resize(Aligned(bytes_.size()));
    entries_.push_back(
        {{"name", name}, {"dtype", DtypeName<T>()}, {"shape", shape}, {"offset", bytes_.size()}});
    const auto* from = reinterpret_cast<const std::uint8_t*>(values.data());
    bytes_.insert(bytes_.end(), from, from + values.size() * sizeof(T));
  }
  const Json& entries() const { return entries_; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  Json entries_ = Json::array();
  std::vector<std::uint8_t> bytes_;
};

ArrayWriter WriteArrays(const Profile& p) {
  ArrayWriter arrays;
  const std::size_t d = p.components;
  const std::size_t pixels = p.pca_mean.size();
  arrays.Add("present", p.present, {p.present.size()});
  arrays.Add("signal_mean", p.standard.mean, {kSignals});
  arrays.Add("signal_sd", p.standard.sd, {kSignals});
  arrays.Add("beta", p.beta, {kSignals});
  arrays.Add("u_sorted", p.u_sorted, {p.u_sorted.size()});
  arrays.Add("u_weight", p.u_weight, {kUnfamiliarityTerms});
  std::array<double, kRungsMax> theta, rho;
  theta.fill(kNan);
  rho.fill(kNan);
  for (std::size_t i = 0; i < p.rule.rungs.size(); ++i) {
    rho[i] = p.rule.rungs[i].risk;
    theta[i] = p.rule.rungs[i].theta.value_or(kNan);
  }
  arrays.Add("theta", theta, {kRungsMax});
  arrays.Add("rho", rho, {kRungsMax});
  arrays.Add("class_risk", p.rule.class_risk, {p.rule.class_risk.size()});
  if (!p.fields.empty()) {
    std::vector<double> u;
    for (const FieldCertificate& field : p.fields) {
      u.insert(u.end(), field.u_sorted.begin(), field.u_sorted.end());
    }
    arrays.Add("field_u", u, {u.size()});
  }
  if (p.has_pixels()) {
    arrays.Add("pca_mean", p.pca_mean, {pixels});
    arrays.Add("pca_basis", p.pca_basis, {d, pixels});
    arrays.Add("sub_mean", p.shape.mean, {p.classes, d});
    arrays.Add("sub_factor", p.shape.factor, {p.shape.factor.size() / (d * d), d, d});
    arrays.Add("sub_logdet", p.shape.logdet, {p.classes});
    arrays.Add("sta_center", p.statistic_center, {kStatistics});
    arrays.Add("sta_scale", p.statistic_scale, {kStatistics});
    arrays.Add("sta_mean", p.statistic.mean, {p.classes, kStatistics});
    arrays.Add("sta_factor", p.statistic.factor,
               {p.statistic.factor.size() / (kStatistics * kStatistics), kStatistics, kStatistics});
    arrays.Add("sta_logdet", p.statistic.logdet, {p.classes});
  }
  if (p.has_features()) {
    arrays.Add("bank", p.bank, {p.bank_label.size(), p.feature_size});
    arrays.Add("bank_label", p.bank_label, {p.bank_label.size()});
  }
  return arrays;
}

Json WriteCard(const ReportCard& card) {
  Json figures = Json::object();
  VisitFigures(card, [&](const std::string& name, const Estimate& e) {
    figures[name] = {Number(e.value), Number(e.low), Number(e.high)};
  });
  return {{"rows", card.rows}, {"figures", std::move(figures)}};
}

Json WriteHeader(const Profile& p) {
  Json header;
  header["provenance"] = WriteProvenance(p.provenance);
  header["input"] = p.input;
  header["scaling"] = {{"name", p.scaling.name},
                       {"mean", p.scaling.mean},
                       {"sd", p.scaling.sd},
                       {"inverted", p.scaling.inverted}};
  header["scaling_table"] = Json::array();
  for (const ScalingRow& row : p.scaling_table) {
    header["scaling_table"].push_back(
        {{"name", row.name}, {"inverted", row.inverted}, {"criterion", Number(row.criterion)}});
  }
  header["logit_rule"] = LogitRuleName(p.logit_rule);
  header["temperature"] = p.temperature;
  header["stochastic"] = p.stochastic;
  header["passes"] = p.passes;
  header["classes"] = p.classes;
  header["labels"] = p.labels;
  header["picture"] = {p.picture.height, p.picture.width, p.picture.channels};
  header["thumbnail"] = {p.thumbnail().height, p.thumbnail().width};
  header["components"] = p.components;
  header["feature_size"] = p.feature_size;
  header["signals"] = Json::array();
  for (std::size_t j = 0; j < kSignals; ++j) {
    if (p.standard.has(j)) header["signals"].push_back(SignalName(j));
  }
  header["intercept"] = p.intercept;
  header["lac_quantiles"] = Json::array();
  for (const double q : p.lac_quantile) header["lac_quantiles"].push_back(Number(q));
  header["risk_error"] = p.risk_error;
  header["foreign_share"] = p.foreign_share;
  header["rule"] = WriteRule(p.rule);
  if (!p.fields.empty()) header["fields"] = WriteFields(p.fields);
  WriteEvidence(p, header);
  header["drift"] = Json::array();
  for (const DriftLevel& d : p.drift) {
    header["drift"].push_back({{"level", d.level}, {"bound", d.bound}});
  }
  header["drift_bets"] = kDriftBets;
  header["pilot"] = Json::array();
  for (const PilotPoint& point : p.pilot) {
    header["pilot"].push_back({point.logit, point.share, point.errors});
  }
  header["card"] = WriteCard(p.card);
  return header;
}

// ---- reading ----

class ArrayReader {
 public:
  ArrayReader(const Json& entries, std::span<const std::uint8_t> data)
      : entries_(entries), data_(data) {}

  bool Has(std::string_view name) const { return Find(name) != nullptr; }

  template <class T>
  std::vector<T> Vector(std::string_view name) const {
    const Json* entry = Find(name);
    if (entry == nullptr) throw FormatError("array " + std::string(name) + " is missing");
    if (entry->at("dtype") != DtypeName<T>()) {
      throw FormatError("array " + std::string(name) + " has another dtype than " +
                        std::string(DtypeName<T>()));
    }
    if (!entry->at("offset").is_number_unsigned()) Outside(name);
    const auto offset = entry->at("offset").get<std::uint64_t>();
    std::uint64_t count = 1;
    for (const Json& side : entry->at("shape")) {
      if (!side.is_number_unsigned()) Outside(name);
      const auto length = side.get<std::uint64_t>();
      if (length != 0 && count > data_.size() / length) Outside(name);
      count *= length;
    }
    if (offset > data_.size() || count > (data_.size() - offset) / sizeof(T)) Outside(name);
    std::vector<T> values(count);
    if (count != 0) std::memcpy(values.data(), data_.data() + offset, count * sizeof(T));
    return values;
  }

  template <class Array>
  void Fixed(std::string_view name, Array& to) const {
    const auto values = Vector<typename Array::value_type>(name);
    if (values.size() != to.size()) {
      throw FormatError("array " + std::string(name) + " has " + std::to_string(values.size()) +
                        " values instead of " + std::to_string(to.size()));
    }
    std::copy(values.begin(), values.end(), to.begin());
  }

 private:
  [[noreturn]] void Outside(std::string_view name) const {
    throw FormatError("array " + std::string(name) + " lies outside the file's " +
                      std::to_string(data_.size()) + " bytes of arrays");
  }
  const Json* Find(std::string_view name) const {
    for (const Json& entry : entries_) {
      if (entry.at("name") == name) return &entry;
    }
    return nullptr;
  }

  const Json& entries_;
  std::span<const std::uint8_t> data_;
};

void ReadArrays(const ArrayReader& arrays, Profile& p) {
  p.present = arrays.Vector<std::int32_t>("present");
  arrays.Fixed("signal_mean", p.standard.mean);
  arrays.Fixed("signal_sd", p.standard.sd);
  arrays.Fixed("beta", p.beta);
  p.u_sorted = arrays.Vector<double>("u_sorted");
  arrays.Fixed("u_weight", p.u_weight);
  std::array<double, kRungsMax> theta, rho;
  arrays.Fixed("theta", theta);
  arrays.Fixed("rho", rho);
  for (std::size_t i = 0; i < p.rule.rungs.size(); ++i) {
    p.rule.rungs[i].risk = rho[i];
    if (!std::isnan(theta[i])) p.rule.rungs[i].theta = theta[i];
  }
  p.rule.class_risk = arrays.Vector<double>("class_risk");
  if (arrays.Has("pca_mean")) {
    p.pca_mean = arrays.Vector<float>("pca_mean");
    p.pca_basis = arrays.Vector<float>("pca_basis");
    p.shape = {.mean = arrays.Vector<float>("sub_mean"),
               .factor = arrays.Vector<float>("sub_factor"),
               .logdet = arrays.Vector<float>("sub_logdet")};
    arrays.Fixed("sta_center", p.statistic_center);
    arrays.Fixed("sta_scale", p.statistic_scale);
    p.statistic = {.mean = arrays.Vector<float>("sta_mean"),
                   .factor = arrays.Vector<float>("sta_factor"),
                   .logdet = arrays.Vector<float>("sta_logdet")};
  }
  if (arrays.Has("bank")) {
    p.bank = arrays.Vector<float>("bank");
    p.bank_label = arrays.Vector<std::int32_t>("bank_label");
  }
}

ReportCard ReadCard(const Json& json) {
  ReportCard card;
  json.at("rows").get_to(card.rows);
  const Json& figures = json.at("figures");
  VisitFigures(card, [&](const std::string& name, Estimate& e) {
    if (!figures.contains(name)) return;  // a figure that the writer did not know
    const Json& values = figures.at(name);
    e = {.value = Number(values.at(0)), .low = Number(values.at(1)), .high = Number(values.at(2))};
  });
  return card;
}

void ReadScaling(const Json& header, Profile& p) {
  const Json& scaling = header.at("scaling");
  scaling.at("name").get_to(p.scaling.name);
  scaling.at("mean").get_to(p.scaling.mean);
  scaling.at("sd").get_to(p.scaling.sd);
  scaling.at("inverted").get_to(p.scaling.inverted);
  for (const Json& row : header.at("scaling_table")) {
    p.scaling_table.push_back({.name = row.at("name").get<std::string>(),
                               .inverted = row.at("inverted").get<bool>(),
                               .criterion = Number(row.at("criterion"))});
  }
}

LogitRule ReadLogitRule(const Json& json) {
  for (const LogitRule rule : {LogitRule::kAsGiven, LogitRule::kLogProbability}) {
    if (json == LogitRuleName(rule)) return rule;
  }
  throw FormatError("unknown logit rule " + json.dump());
}

Profile ReadHeader(const Json& header) {
  Profile p;
  p.provenance = ReadProvenance(header.at("provenance"));
  p.input = header.value("input", std::string());
  ReadScaling(header, p);
  p.logit_rule = ReadLogitRule(header.at("logit_rule"));
  header.at("temperature").get_to(p.temperature);
  header.at("stochastic").get_to(p.stochastic);
  header.at("passes").get_to(p.passes);
  header.at("classes").get_to(p.classes);
  header.at("labels").get_to(p.labels);
  const auto picture = header.at("picture").get<std::array<std::size_t, 3>>();
  p.picture = {.height = picture[0], .width = picture[1], .channels = picture[2]};
  header.at("components").get_to(p.components);
  header.at("feature_size").get_to(p.feature_size);
  header.at("intercept").get_to(p.intercept);
  for (std::size_t i = 0; i < p.lac_quantile.size(); ++i) {
    p.lac_quantile[i] = Number(header.at("lac_quantiles").at(i));
  }
  header.at("risk_error").get_to(p.risk_error);
  header.at("foreign_share").get_to(p.foreign_share);
  p.rule = ReadRule(header.at("rule"));
  ReadEvidence(header, p);
  for (const Json& d : header.at("drift")) {
    p.drift.push_back({.level = d.at("level").get<double>(), .bound = d.at("bound").get<double>()});
  }
  for (const Json& point : header.at("pilot")) {
    p.pilot.push_back({.logit = point.at(0).get<double>(),
                       .share = point.at(1).get<double>(),
                       .errors = point.at(2).get<double>()});
  }
  p.card = ReadCard(header.at("card"));
  return p;
}

}  // namespace

std::vector<std::uint8_t> Serialize(const Profile& profile) {
  CREDENCE_CHECK(Validate(profile).ok());
  const ArrayWriter arrays = WriteArrays(profile);
  Json header = WriteHeader(profile);
  header["arrays"] = arrays.entries();
  const std::string text = header.dump(-1, ' ', false, Json::error_handler_t::ignore);

  SealWriter writer(kMagic, kProfileFormat);
  writer.U32(text.size()).Text(text).AlignTo(kAlign).Bytes(arrays.bytes());
  return std::move(writer).Finish();
}

Result<Profile> Parse(std::span<const std::uint8_t> bytes) {
  if (bytes.size() >= kMagicBefore.size() &&
      std::equal(kMagicBefore.begin(), kMagicBefore.end(), bytes.begin())) {
    return Annotate({Code::kFailedPrecondition,
                     "format version 1; this build reads 2, which keeps promises that 1 did not. "
                     "Calibrate again: credence calibrate --model VERSION --data PICTURES"},
                    kContext);
  }
  auto opened = OpenSealed(kMagic, kProfileFormat, bytes);
  if (!opened) return Annotate(opened.error(), kContext);
  ByteReader& reader = *opened;
  const std::size_t length = reader.U32();
  const auto text = reader.Take(length);
  reader.AlignTo(kAlign);
  const auto damaged = [](const std::string& message) {
    return Annotate({Code::kDataLoss, message}, kContext);
  };
  if (!reader.ok()) {
    return damaged("a header of " + std::to_string(length) + " bytes in a file of " +
                   std::to_string(bytes.size()));
  }
  try {
    const Json header =
        Json::parse(Shallow({reinterpret_cast<const char*>(text.data()), text.size()}));
    Profile profile = ReadHeader(header);
    const ArrayReader arrays(header.at("arrays"), reader.left());
    ReadArrays(arrays, profile);
    if (header.contains("fields")) {
      profile.fields = ReadFields(header.at("fields"), arrays.Vector<double>("field_u"));
    }
    if (Result<void> valid = Validate(profile); !valid.ok()) return valid.error();
    return profile;
  } catch (const std::bad_alloc&) {
    return Error{Code::kResourceExhausted, "out of memory"};
  } catch (const std::exception& e) {  // nlohmann's, FormatError
    return damaged(e.what());
  }
}

}  // namespace credence::reliability
