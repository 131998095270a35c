#include "api/kserve/write.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <string_view>
#include <utility>

#include "api/kserve/binary.h"
#include "api/tensor/data_types.h"
#include "api/tensor/json_values.h"

namespace credence::api::kserve {
namespace {

using tensor::AppendString;
using tensor::TextTensor;
using tensor::Told;

const model::Tensor* NumbersOf(const AnswerOutput& output) {
  if (const auto* borrowed = std::get_if<const model::Tensor*>(&output.value)) return *borrowed;
  return std::get_if<model::Tensor>(&output.value);
}

AnswerOutput ToldOutput(const serving::Reply& reply, Told told, const WantedOutput& wanted,
                        bool binary) {
  switch (told) {
    case Told::kVerdict:
      return {wanted.name, binary, tensor::VerdictTexts(reply)};
    case Told::kSet:
      return {wanted.name, binary, tensor::SetTexts(reply)};
    case Told::kConfidence:
    case Told::kFamiliarity:
      break;
  }
  return {wanted.name, binary, tensor::ToldNumbers(reply, told)};
}

bool IsFloat(model::DataType type) {
  return type == model::DataType::kFloat32 || type == model::DataType::kFloat64 ||
         type == model::DataType::kFloat16 || type == model::DataType::kBfloat16;
}

Result<AnswerOutput> Choose(const serving::Reply& reply, const tensor::Outputs& outputs,
                            const WantedOutput& wanted, bool binary) {
  const predictor::Predictor& predictor = reply.version->predictor();
  const auto found = std::ranges::find(outputs.all(), wanted.name, &model::Tensor::name);
  if (found == outputs.all().end()) {
    if (const auto told = tensor::FindTold(wanted.name)) {
      return ToldOutput(reply, *told, wanted, binary);
    }
    return Invalid("unexpected inference output '" + wanted.name.substr(0, 200) + "' for model '" +
                   predictor.name() + "'");
  }
  if (wanted.classes == 0) return AnswerOutput{wanted.name, binary, &*found};
  if (!IsFloat(found->type) || found->shape.empty() || found->shape.back() < 1) {
    return Invalid("output '" + wanted.name + "' is " + model::Describe(*found) +
                   ", which are no scores of classes");
  }
  const bool scores = predictor.takes_pictures() && predictor.view().output_name == found->name;
  const std::vector<std::string> none;
  return AnswerOutput{wanted.name, binary,
                      Classify(*found, wanted.classes, scores ? predictor.labels() : none)};
}

void AppendShape(const std::vector<std::int64_t>& shape, std::string& out) {
  out.push_back('[');
  for (const std::int64_t side : shape) {
    if (out.back() != '[') out.push_back(',');
    out.append(std::to_string(side));
  }
  out.push_back(']');
}

std::size_t BinaryBytes(const AnswerOutput& output) {
  if (const model::Tensor* numbers = NumbersOf(output)) return numbers->data.size();
  std::size_t bytes = 0;
  for (const std::string& text : std::get<TextTensor>(output.value).values) {
    bytes += 4 + text.size();
  }
  return bytes;
}

void AppendData(const AnswerOutput& output, std::string& out) {
  out.append(",\"data\":[");
  if (const model::Tensor* numbers = NumbersOf(output)) {
    tensor::AppendElements(*numbers, 0, static_cast<std::size_t>(numbers->elements()), out);
  } else {
    for (const std::string& text : std::get<TextTensor>(output.value).values) {
      if (out.back() != '[') out.push_back(',');
      AppendString(text, out);
    }
  }
  out.push_back(']');
}

void AppendTail(const AnswerOutput& output, std::string& out) {
  if (const model::Tensor* numbers = NumbersOf(output)) {
    out.append(reinterpret_cast<const char*>(numbers->data.data()), numbers->data.size());
    return;
  }
  for (const std::string& text : std::get<TextTensor>(output.value).values) AppendText(text, out);
}

void AppendOutput(const AnswerOutput& output, std::string& out) {
  const model::Tensor* numbers = NumbersOf(output);
  out.append("{\"name\":");
  AppendString(output.name, out);
  out.append(",\"datatype\":\"");
  out.append(numbers != nullptr ? tensor::KserveName(numbers->type) : tensor::kBytesName);
  out.append("\",\"shape\":");
  AppendShape(numbers != nullptr ? numbers->shape : std::get<TextTensor>(output.value).shape, out);
  if (output.binary) {
    out.append(",\"parameters\":{\"binary_data_size\":");
    out.append(std::to_string(BinaryBytes(output))).append("}");
  } else {
    AppendData(output, out);
  }
  out.push_back('}');
}

// Lists stand as texts: a parameter is no list.
void AppendVerdict(const serving::Reply& reply, std::string& out) {
  out.append("\"parameters\":{");
  for (const Told told : {Told::kVerdict, Told::kConfidence, Told::kFamiliarity}) {
    const std::string json = tensor::ToldJson(reply, told);
    if (json == "null") continue;
    if (out.back() != '{') out.push_back(',');
    out.append("\"").append(tensor::ToldName(told)).append("\":");
    if (json.starts_with('[')) {
      AppendString(json, out);
    } else {
      out.append(json);
    }
  }
  out.append("},");
}

}  // namespace

Result<std::vector<AnswerOutput>> ChooseOutputs(const serving::Reply& reply,
                                                const tensor::Outputs& outputs,
                                                const InferAsked& asked) {
  std::vector<AnswerOutput> chosen;
  if (asked.outputs.empty()) {
    for (const model::Tensor& output : outputs.all()) {
      chosen.push_back({output.name, asked.binary, &output});
    }
  }
  for (const WantedOutput& wanted : asked.outputs) {
    auto one = Choose(reply, outputs, wanted, wanted.binary.value_or(asked.binary));
    if (!one) return one.error();
    chosen.push_back(*std::move(one));
  }
  return chosen;
}

std::size_t WriteInfer(const serving::Reply& reply, const InferAsked& asked,
                       const std::vector<AnswerOutput>& outputs, std::string& out) {
  const std::size_t start = out.size();
  const predictor::Predictor& predictor = reply.version->predictor();
  out.append("{\"model_name\":");
  AppendString(predictor.name(), out);
  out.append(",\"model_version\":\"").append(std::to_string(predictor.version())).append("\",");
  if (asked.id) {
    out.append("\"id\":");
    AppendString(*asked.id, out);
    out.push_back(',');
  }
  AppendVerdict(reply, out);
  out.append("\"outputs\":[");
  for (const AnswerOutput& output : outputs) {
    if (out.back() != '[') out.push_back(',');
    AppendOutput(output, out);
  }
  out.append("]}");
  const std::size_t json = out.size() - start;
  bool binary = false;
  for (const AnswerOutput& output : outputs) {
    if (!output.binary) continue;
    binary = true;
    AppendTail(output, out);
  }
  return binary ? json : 0;
}

TextTensor Classify(const model::Tensor& scores, std::size_t k,
                    const std::vector<std::string>& labels) {
  const auto classes = static_cast<std::size_t>(scores.shape.back());
  const auto rows = static_cast<std::size_t>(scores.elements()) / classes;
  k = std::min(k, classes);
  TextTensor texts{.shape = scores.shape, .values = {}};
  texts.shape.back() = static_cast<std::int64_t>(k);
  std::vector<double> row(classes);
  std::vector<std::size_t> order(classes);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < classes; ++c) row[c] = model::ValueAt(scores, r * classes + c);
    std::iota(order.begin(), order.end(), std::size_t{0});
    // NaN last: the order must be one.
    const auto rank = [&row](std::size_t c) { return row[c] == row[c] ? row[c] : -HUGE_VAL; };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return rank(a) > rank(b); });
    for (std::size_t i = 0; i < k; ++i) {
      const std::size_t c = order[i];
      std::array<char, 400> value;  // the largest double has 309 digits before its point
      const int length = std::snprintf(value.data(), value.size(), "%f", row[c]);
      const std::string index = std::to_string(c);
      texts.values.push_back(std::string(value.data(), static_cast<std::size_t>(length)) + ":" +
                             index + ":" + (c < labels.size() ? labels[c] : index));
    }
  }
  return texts;
}

}  // namespace credence::api::kserve
