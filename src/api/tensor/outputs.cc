#include "api/tensor/outputs.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/json_writer.h"

namespace credence::api::tensor {
namespace {

using predictor::Answer;
using predictor::Predictor;

constexpr std::array<std::string_view, 4> kToldNames = {"verdict", "confidence", "familiarity",
                                                        "set"};

// Not finite: the model did answer.
bool HasOutputs(const Answer& answer) { return !answer.error || !answer.outputs.empty(); }

std::string_view VerdictOf(const Answer& answer) {
  using reliability::Verdict;
  return reliability::VerdictName(answer.error ? Verdict::kUnassessed : answer.prediction.verdict);
}

std::optional<float> NumberOf(const Answer& answer, Told told) {
  if (answer.error) return std::nullopt;
  return told == Told::kConfidence ? answer.prediction.confidence : answer.prediction.familiarity;
}

// Whether answers have a row of the output each; else each has all of it.
bool IsByRow(const model::TensorSpec& spec, const model::Tensor& of_one) {
  const bool one_row = !of_one.shape.empty() && of_one.shape[0] == 1;
  return one_row && (spec.any_rank || (!spec.shape.empty() && spec.shape[0] != 1));
}

void Join(const model::TensorSpec& spec, std::size_t at, std::span<Answer> answers,
          model::Tensor& out) {
  std::swap(out, answers[0].outputs[at]);
  if (answers.size() == 1 || !IsByRow(spec, out)) return;
  out.data.reserve(out.data.size() * answers.size());
  for (const Answer& answer : answers.subspan(1)) {
    const std::vector<std::byte>& row = answer.outputs[at].data;
    out.data.insert(out.data.end(), row.begin(), row.end());
  }
  out.shape[0] = static_cast<std::int64_t>(answers.size());
}

void WriteSet(const Predictor& predictor, const Answer& answer, JsonWriter& json) {
  json.BeginArray();
  if (!answer.error) {
    for (const int k : answer.prediction.prediction_set) {
      json.String(predictor.labels()[static_cast<std::size_t>(k)]);
    }
  }
  json.EndArray();
}

void WriteTold(const Predictor& predictor, const Answer& answer, Told told, JsonWriter& json) {
  if (told == Told::kVerdict) {
    json.String(VerdictOf(answer));
  } else if (told == Told::kSet) {
    WriteSet(predictor, answer, json);
  } else if (const auto number = NumberOf(answer, told)) {
    json.Number(*number);
  } else {
    json.Null();
  }
}

void AppendNumbers(std::string_view header, std::span<const Answer> answers, Told told,
                   std::string& headers) {
  const auto has = [told](const Answer& answer) { return NumberOf(answer, told).has_value(); };
  if (!std::ranges::all_of(answers, has)) return;
  headers.append(header);
  for (const Answer& answer : answers) {
    std::array<char, 32> text;
    const auto end = std::to_chars(text.begin(), text.end(), *NumberOf(answer, told)).ptr;
    headers.append(headers.back() == ' ' ? "" : ", ").append(text.begin(), end);
  }
  headers.append("\r\n");
}

void AppendCounts(std::span<const Answer> answers, std::string& headers) {
  std::vector<std::pair<std::string_view, int>> counts;
  for (const Answer& answer : answers) {
    const std::string_view verdict = VerdictOf(answer);
    auto found = std::ranges::find(counts, verdict, &std::pair<std::string_view, int>::first);
    if (found == counts.end()) found = counts.insert(counts.end(), {verdict, 0});
    ++found->second;
  }
  headers.append("Credence-Verdict-Counts: ");
  for (const auto& [verdict, count] : counts) {
    headers.append(headers.back() == ' ' ? "" : ", ").append(verdict);
    headers.append("=").append(std::to_string(count));
  }
  headers.append("\r\n");
}

}  // namespace

Result<void> GatherOutputs(serving::Reply& reply, const Fit& fit, Outputs& out) {
  out.Clear();
  if (reply.error) return *reply.error;
  const std::span<Answer> answers = reply.answers.all();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (HasOutputs(answers[i])) continue;
    if (answers.size() == 1) return *answers[i].error;
    return Annotate(*answers[i].error, "row " + std::to_string(i));
  }
  const auto& specs = reply.version->predictor().model_info().outputs;
  for (std::size_t k = 0; k < specs.size(); ++k) {
    model::Tensor& tensor = out.Add();
    Join(specs[k], k, answers, tensor);
    if (fit.drop_last_axis && tensor.shape.size() > 1 && tensor.shape.back() == 1) {
      tensor.shape.pop_back();
    }
  }
  return {};
}

std::optional<Told> FindTold(std::string_view output_name) {
  constexpr std::string_view kPrefix = "credence";
  if (!output_name.starts_with(kPrefix)) return std::nullopt;
  output_name.remove_prefix(kPrefix.size());
  if (!output_name.starts_with('/') && !output_name.starts_with('_')) return std::nullopt;
  const auto* const found = std::ranges::find(kToldNames, output_name.substr(1));
  if (found == kToldNames.end()) return std::nullopt;
  return static_cast<Told>(found - kToldNames.begin());
}

std::string_view ToldName(Told told) { return kToldNames[static_cast<std::size_t>(told)]; }

TextTensor VerdictTexts(const serving::Reply& reply) {
  TextTensor texts{.shape = {static_cast<std::int64_t>(reply.answers.size())}, .values = {}};
  for (const Answer& answer : reply.answers.all()) texts.values.emplace_back(VerdictOf(answer));
  return texts;
}

TextTensor SetTexts(const serving::Reply& reply) {
  TextTensor texts{.shape = {static_cast<std::int64_t>(reply.answers.size())}, .values = {}};
  for (const Answer& answer : reply.answers.all()) {
    JsonWriter json(texts.values.emplace_back());
    WriteSet(reply.version->predictor(), answer, json);
  }
  return texts;
}

model::Tensor ToldNumbers(const serving::Reply& reply, Told told) {
  model::Tensor numbers{.name = "credence_" + std::string(ToldName(told)),
                        .type = model::DataType::kFloat32,
                        .shape = {static_cast<std::int64_t>(reply.answers.size())},
                        .data = {}};
  for (const Answer& answer : reply.answers.all()) {
    const float number = NumberOf(answer, told).value_or(std::numeric_limits<float>::quiet_NaN());
    const auto* bytes = reinterpret_cast<const std::byte*>(&number);
    numbers.data.insert(numbers.data.end(), bytes, bytes + sizeof number);
  }
  return numbers;
}

std::string ToldJson(const serving::Reply& reply, Told told) {
  std::string text;
  JsonWriter json(text);
  const Predictor& predictor = reply.version->predictor();
  if (reply.answers.size() == 1) {
    WriteTold(predictor, reply.answers[0], told, json);
    return text;
  }
  json.BeginArray();
  for (const Answer& answer : reply.answers.all()) WriteTold(predictor, answer, told, json);
  json.EndArray();
  return text;
}

void AppendVerdictHeaders(const serving::Reply& reply, std::string& headers) {
  const auto answers = reply.answers.all();
  if (answers.size() > kHeaderRowsMax) return AppendCounts(answers, headers);
  headers.append("Credence-Verdict: ");
  for (const Answer& answer : answers) {
    headers.append(headers.back() == ' ' ? "" : ", ").append(VerdictOf(answer));
  }
  headers.append("\r\n");
  AppendNumbers("Credence-Confidence: ", answers, Told::kConfidence, headers);
  AppendNumbers("Credence-Familiarity: ", answers, Told::kFamiliarity, headers);
}

}  // namespace credence::api::tensor
