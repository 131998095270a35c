#include "predictor/golden.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "base/write_file.h"
#include "predictor/profile_file.h"
#include "reliability/logits.h"

namespace credence::predictor {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kGoldenMagic = "GOLDENI1";
constexpr float kExact = 0.001f;
constexpr float kRounded = 0.05f;  // bfloat16 moves logits by up to 0.1
constexpr float kRandom = 0.25f;   // eight standard errors of ten passes with a variance of 0.01
constexpr float kVarianceMax = 0.01f;
constexpr float kReliability = 0.01f;
constexpr double kLogitGap = 0.25;  // of P(correct) from its threshold
constexpr float kLead = 0.2f;       // of the likeliest class over the next

// Calls visit(name, member) for each member: one list for writing and reading.
void VisitMembers(auto& input, auto&& visit) {
  visit("label", input.label);
  visit("rawScore", input.raw_score);
  visit("prediction", input.prediction);
  visit("confidence", input.confidence);
  visit("familiarity", input.familiarity);
  visit("verdict", input.verdict);
}

Json ToJson(const GoldenInput& input) {
  Json json;
  VisitMembers(input, [&](const char* name, const auto& member) { json[name] = member; });
  return json;
}

GoldenInput FromJson(const Json& json) {
  GoldenInput input;
  VisitMembers(input, [&](const char* name, auto& member) { json.at(name).get_to(member); });
  return input;
}

// Answers about canonical pictures.
Result<std::vector<Prediction>> Answers(const Predictor& predictor, Runner& runner,
                                        std::span<const image::Pixels> canonical) {
  std::vector<Prediction> answers;
  Answer answer;
  const Task task{.answer = &answer};
  Timings timings;
  for (const image::Pixels& pixels : canonical) {
    answer.Clear();
    answer.adapted.canonical = pixels;
    predictor.Run({&task, 1}, runner, timings);
    if (answer.error) return *answer.error;
    answers.push_back(answer.prediction);
  }
  return answers;
}

// Whether other hardware would say the same.
bool IsClear(const Predictor& predictor, const Prediction& answer) {
  std::vector<float> sorted = answer.prediction;
  std::ranges::partial_sort(sorted, sorted.begin() + 2, std::greater<>());
  if (sorted[0] - sorted[1] < kLead) return false;
  if (predictor.samples() > 1) {
    return sorted[0] > 0.9f && std::ranges::max(answer.uncertainty) <= kVarianceMax;
  }
  const reliability::VerdictRule& rule = predictor.profile()->rule;
  const double p = static_cast<double>(*answer.familiarity);
  for (const double alpha : {rule.alpha_unfamiliar, rule.alpha_reliable}) {
    if (p > alpha / 2 && p < alpha * 2) return false;
  }
  const double right = std::clamp(static_cast<double>(*answer.p_correct), 1e-9, 1 - 1e-9);
  const double logit = std::log(right / (1 - right)) +
                       reliability::CostShift(rule, static_cast<std::size_t>(answer.label));
  return !rule.theta() || std::abs(logit - *rule.theta()) > kLogitGap;
}

std::string Number(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", static_cast<double>(value));
  return text;
}

// Collects the first difference of one input.
class Comparison {
 public:
  explicit Comparison(std::size_t input) : input_(input) {}

  void Same(const char* what, const std::string& expected, const std::string& actual) {
    if (expected != actual) Differ(what, expected, actual, "");
  }
  void Near(const char* what, float expected, float actual, float tolerance) {
    if (std::abs(expected - actual) <= tolerance) return;  // false for NaN
    Differ(what, Number(expected), Number(actual), "; the limit is " + Number(tolerance));
  }
  Result<void> result() const {
    if (difference_.empty()) return {};
    return Error{Code::kFailedPrecondition, difference_};
  }

 private:
  void Differ(const char* what, const std::string& expected, const std::string& actual,
              const std::string& limit) {
    if (!difference_.empty()) return;
    difference_ = std::string(kGoldenName) + ": input " + std::to_string(input_) + ": " + what +
                  ": expected " + expected + ", got " + actual + limit;
  }
  const std::size_t input_;
  std::string difference_;
};

struct Tolerance {
  float score = kExact;
  bool assessed = false;  // compare what comes from the profile
  bool exact = true;      // … also what rounding may move
};

Result<void> Compare(std::size_t i, const GoldenInput& expected, const Prediction& actual,
                     const Tolerance& tolerance) {
  Comparison compare(i);
  compare.Same("class", std::to_string(expected.label), std::to_string(actual.label));
  compare.Near("raw score", expected.raw_score, actual.raw_score,
               tolerance.score * std::max(1.0f, std::abs(expected.raw_score)));
  if (tolerance.assessed) {
    for (std::size_t k = 0; k < expected.prediction.size(); ++k) {
      const std::string what = "probability of class " + std::to_string(k);
      compare.Near(what.c_str(), expected.prediction[k], actual.prediction[k], tolerance.score);
    }
  }
  if (tolerance.assessed && tolerance.exact) {
    compare.Near("confidence", expected.confidence, *actual.confidence, kReliability);
    compare.Near("familiarity", expected.familiarity, *actual.familiarity, kReliability);
    compare.Same("verdict", expected.verdict, std::string(VerdictName(actual.verdict)));
  }
  return compare.result();
}

Result<std::vector<image::Pixels>> DecodeInputs(const Predictor& predictor, const Golden& golden) {
  const image::InputContract& contract = predictor.contract();
  std::vector<image::Pixels> pictures;
  for (std::size_t i = 0; i < golden.inputs.size(); ++i) {
    const std::string named = std::string(kGoldenName) + ": input " + std::to_string(i);
    image::Decoded decoded;
    if (auto read = image::Decode(golden.inputs[i].png, {}, decoded); !read) {
      return Error{Code::kDataLoss, named + ": " + read.error().message};
    }
    const image::Pixels& p = decoded.pixels;
    if (p.width != contract.width || p.height != contract.height ||
        p.channels != contract.channels) {
      return Error{Code::kFailedPrecondition, named + " is no picture of the model's size"};
    }
    if (golden.inputs[i].prediction.size() != predictor.labels().size()) {
      return Error{Code::kFailedPrecondition,
                   named + " has " + std::to_string(golden.inputs[i].prediction.size()) +
                       " classes, the model " + std::to_string(predictor.labels().size())};
    }
    pictures.push_back(std::move(decoded.pixels));
  }
  return pictures;
}

}  // namespace

Result<std::optional<Golden>> ReadGolden(const std::filesystem::path& version,
                                         const std::string& seal) {
  auto sealed = ReadBound(AssetsOf(version) / kGoldenName, kGoldenMagic, kGoldenBytesMax, seal);
  if (!sealed) return sealed.error();
  if (!*sealed) return std::optional<Golden>();
  Golden golden;
  try {
    const Json header = Json::parse(Shallow((*sealed)->header));
    header.at("profile").get_to(golden.profile);
    header.at("random").get_to(golden.random);
    header.at("bf16").get_to(golden.bf16);
    for (const Json& input : header.at("inputs")) golden.inputs.push_back(FromJson(input));
  } catch (const Json::exception& error) {
    return Error{Code::kDataLoss, std::string(kGoldenName) + ": " + error.what()};
  }
  if (golden.inputs.size() != (*sealed)->blobs.size() || golden.inputs.size() > kGoldenMax) {
    return Error{Code::kDataLoss, std::string(kGoldenName) + ": " +
                                      std::to_string(golden.inputs.size()) + " answers for " +
                                      std::to_string((*sealed)->blobs.size()) +
                                      " pictures; at most 10 are expected"};
  }
  for (std::size_t i = 0; i < golden.inputs.size(); ++i) {
    golden.inputs[i].png = std::move((*sealed)->blobs[i]);
  }
  return std::optional<Golden>(std::move(golden));
}

Result<void> WriteGolden(const std::filesystem::path& version, const Golden& golden) {
  Json header = {{"profile", golden.profile},
                 {"random", golden.random},
                 {"bf16", golden.bf16},
                 {"inputs", Json::array()}};
  std::vector<Blob> pictures;
  for (const GoldenInput& input : golden.inputs) {
    header["inputs"].push_back(ToJson(input));
    pictures.push_back(input.png);
  }
  return WriteAtomically(NextOf(AssetsOf(version) / kGoldenName),
                         Seal(kGoldenMagic, {header.dump(), pictures}));
}

Result<void> SettleGolden(const std::filesystem::path& version) {
  return SettleNext(AssetsOf(version) / kGoldenName, kGoldenMagic, kGoldenBytesMax);
}

Result<Golden> MakeGolden(const Predictor& predictor, Runner& runner,
                          std::span<const image::Pixels> candidates) {
  const auto answers = Answers(predictor, runner, candidates);
  if (!answers) return answers.error();
  Golden golden;
  golden.random = predictor.samples() > 1;
  std::set<std::pair<int, reliability::Verdict>> seen;
  std::set<std::size_t> taken;
  // First what is new: a class, or a verdict on it; then whatever is clear.
  for (const bool only_new : {true, false}) {
    for (std::size_t i = 0; i < candidates.size() && taken.size() < kGoldenMax; ++i) {
      const Prediction& answer = (*answers)[i];
      if (taken.contains(i) || !IsClear(predictor, answer)) continue;
      if (!seen.emplace(answer.label, answer.verdict).second && only_new) continue;
      taken.insert(i);
    }
  }
  for (const std::size_t i : taken) {
    const Prediction& answer = (*answers)[i];
    golden.inputs.push_back({.png = image::EncodePng(candidates[i]),
                             .label = answer.label,
                             .raw_score = answer.raw_score,
                             .prediction = answer.prediction,
                             .confidence = *answer.confidence,
                             .familiarity = *answer.familiarity,
                             .verdict = std::string(VerdictName(answer.verdict))});
  }
  return golden;
}

Result<void> RunGolden(const Predictor& predictor, Runner& runner, const Golden& golden,
                       const GoldenOptions& options) {
  if (golden.inputs.empty()) return {};
  const bool assessed = predictor.profile() != nullptr;
  if (assessed && golden.profile != options.profile_seal) {
    return Error{
        Code::kFailedPrecondition,
        std::string(kGoldenName) +
            " was made with another profile; run `credence calibrate` again, or delete it"};
  }
  const auto pictures = DecodeInputs(predictor, golden);
  if (!pictures) return pictures.error();
  const auto answers = Answers(predictor, runner, *pictures);
  if (!answers) return answers.error();
  const bool rounded = options.bf16 || golden.bf16;
  Tolerance tolerance{
      .score = rounded ? kRounded : kExact, .assessed = assessed, .exact = !rounded};
  if (golden.random) tolerance = {.score = kRandom, .assessed = false};
  for (std::size_t i = 0; i < answers->size(); ++i) {
    auto same = Compare(i, golden.inputs[i], (*answers)[i], tolerance);
    if (!same) return same;
  }
  return {};
}

}  // namespace credence::predictor
