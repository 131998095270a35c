#include "api/tfs/write.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "api/tensor/json_values.h"

namespace credence::api::tfs {
namespace {

using tensor::AppendElements;
using tensor::AppendNested;
using tensor::AppendString;
using tensor::Outputs;
using tensor::TextTensor;
using tensor::Told;

// One output under its name.
struct Named {
  std::string_view name;
  std::variant<const model::Tensor*, model::Tensor, TextTensor> value;

  const std::vector<std::int64_t>& shape() const {
    if (const auto* borrowed = std::get_if<const model::Tensor*>(&value)) return (*borrowed)->shape;
    if (const auto* owned = std::get_if<model::Tensor>(&value)) return owned->shape;
    return std::get<TextTensor>(value).shape;
  }
};

Named TellNamed(const serving::Reply& reply, Told told, std::string_view name) {
  switch (told) {
    case Told::kVerdict:
      return {name, tensor::VerdictTexts(reply)};
    case Told::kSet:
      return {name, tensor::SetTexts(reply)};
    case Told::kConfidence:
    case Told::kFamiliarity:
      break;
  }
  return {name, tensor::ToldNumbers(reply, told)};
}

// In place: GCC 12 takes moving the variant for a use of what is not initialised.
void Borrow(const model::Tensor& output, std::vector<Named>& chosen) {
  Named& named = chosen.emplace_back();
  named.name = output.name;
  named.value = &output;
}

Result<std::vector<Named>> Choose(const serving::Reply& reply, const Outputs& outputs,
                                  const std::vector<std::string>& filter) {
  std::vector<Named> chosen;
  if (filter.empty()) {
    for (const model::Tensor& output : outputs.all()) Borrow(output, chosen);
    return chosen;
  }
  for (const std::string& name : filter) {
    const auto found = std::ranges::find(outputs.all(), name, &model::Tensor::name);
    if (std::ranges::find(chosen, name, &Named::name) != chosen.end()) {
      return Error{Code::kInvalidArgument, "duplicate output tensor alias: " + name};
    }
    if (found != outputs.all().end()) {
      Borrow(*found, chosen);
    } else if (const auto told = tensor::FindTold(name)) {
      chosen.push_back(TellNamed(reply, *told, name));
    } else {
      std::string known;
      for (const auto& output : outputs.all()) {
        known.append(known.empty() ? "" : ",").append(output.name);
      }
      return Error{Code::kInvalidArgument, "output tensor alias not found in signature: " + name +
                                               " Outputs expected to be in the set {" + known +
                                               "}."};
    }
  }
  return chosen;
}

// Row `i` of `named`, or, with nullopt, all of it.
void AppendValue(const Named& named, std::optional<std::size_t> i, std::string& out) {
  if (const auto* texts = std::get_if<TextTensor>(&named.value)) {
    if (i) return AppendString(texts->values[*i], out);
    out.push_back('[');
    for (const std::string& text : texts->values) {
      if (out.back() != '[') out.push_back(',');
      AppendString(text, out);
    }
    out.push_back(']');
    return;
  }
  const auto* borrowed = std::get_if<const model::Tensor*>(&named.value);
  const model::Tensor& tensor =
      borrowed != nullptr ? **borrowed : std::get<model::Tensor>(named.value);
  if (!i) return AppendNested(tensor, 0, 0, out);
  const std::size_t rows = static_cast<std::size_t>(tensor.shape[0]);
  const std::size_t each = static_cast<std::size_t>(tensor.elements()) / rows;
  AppendNested(tensor, 1, *i * each, out);
}

// One value, or an object of them.
void AppendValues(const std::vector<Named>& chosen, std::optional<std::size_t> row,
                  std::string& out) {
  if (chosen.size() == 1) return AppendValue(chosen[0], row, out);
  out.push_back('{');
  for (const Named& named : chosen) {
    if (out.back() != '{') out.push_back(',');
    AppendString(named.name, out);
    out.push_back(':');
    AppendValue(named, row, out);
  }
  out.push_back('}');
}

Result<std::size_t> RowsOf(const std::vector<Named>& chosen) {
  std::optional<std::int64_t> rows;
  for (const Named& named : chosen) {
    if (named.shape().empty()) {
      return Error{Code::kInvalidArgument,
                   "Tensor name: " + std::string(named.name) + " has no shape information"};
    }
    if (!rows) rows = named.shape()[0];
    if (named.shape()[0] != *rows) {
      return Error{Code::kInvalidArgument,
                   "Tensor name: " + std::string(named.name) + " has inconsistent batch size: " +
                       std::to_string(named.shape()[0]) + " expecting: " + std::to_string(*rows)};
    }
  }
  return static_cast<std::size_t>(rows.value_or(0));
}

void AppendReliability(const serving::Reply& reply, std::string& out) {
  out.append(",\"reliability\":{");
  for (const Told told : {Told::kVerdict, Told::kConfidence, Told::kFamiliarity, Told::kSet}) {
    if (out.back() != '{') out.push_back(',');
    out.append("\"").append(tensor::ToldName(told)).append("\":");
    const bool one = reply.answers.size() == 1;
    out.append(one ? "[" : "").append(tensor::ToldJson(reply, told)).append(one ? "]" : "");
  }
  out.push_back('}');
}

const model::Tensor* FindOutput(const Outputs& outputs, std::string_view name) {
  const auto found = std::ranges::find(outputs.all(), name, &model::Tensor::name);
  return found == outputs.all().end() ? nullptr : &*found;
}

Error Misshapen(std::string_view what) {
  return {Code::kInternal, "the model's " + std::string(what) +
                               " have not the shape that this method wants; :predict gives them"};
}

}  // namespace

Result<void> WritePredictions(const serving::Reply& reply, const Outputs& outputs,
                              const PredictionForm& form, std::string& out) {
  const auto chosen = Choose(reply, outputs, form.filter);
  if (!chosen) return chosen.error();
  if (form.row) {
    const auto rows = RowsOf(*chosen);
    if (!rows) return rows.error();
    out.append("{\"predictions\":[");
    for (std::size_t i = 0; i < *rows; ++i) {
      if (i > 0) out.push_back(',');
      AppendValues(*chosen, i, out);
    }
    out.push_back(']');
  } else {
    out.append("{\"outputs\":");
    AppendValues(*chosen, std::nullopt, out);
  }
  if (form.reliability) AppendReliability(reply, out);
  out.push_back('}');
  return {};
}

Result<void> WriteClasses(const Outputs& outputs, std::string& out) {
  const model::Tensor* scores = FindOutput(outputs, "scores");
  const model::Tensor* classes = FindOutput(outputs, "classes");
  const model::Tensor* const first = scores != nullptr ? scores : classes;
  if (first == nullptr || first->shape.size() != 2 ||
      (classes != nullptr && classes->shape != first->shape)) {
    return Misshapen("scores and classes");
  }
  const auto rows = static_cast<std::size_t>(first->shape[0]);
  const auto each = static_cast<std::size_t>(first->shape[1]);
  out.append("{\"results\":[");
  for (std::size_t i = 0; i < rows * each; ++i) {
    if (i % each == 0) out.append(i > 0 ? "],[" : "[");
    if (i % each != 0) out.push_back(',');
    out.append("[\"");
    if (classes != nullptr) AppendElements(*classes, i, 1, out);
    out.append("\",");
    if (scores != nullptr) AppendElements(*scores, i, 1, out);
    if (scores == nullptr) out.append("0.0");
    out.push_back(']');
  }
  out.append(rows * each > 0 ? "]]}" : "]}");
  return {};
}

Result<void> WriteValues(const Outputs& outputs, std::string& out) {
  const model::Tensor* const values = FindOutput(outputs, "outputs");
  if (values == nullptr || values->shape.empty() || values->elements() != values->shape[0]) {
    return Misshapen("outputs");
  }
  out.append("{\"results\":[");
  AppendElements(*values, 0, static_cast<std::size_t>(values->elements()), out);
  out.append("]}");
  return {};
}

}  // namespace credence::api::tfs
