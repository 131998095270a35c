#include "api/tfs/read.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "api/tensor/json_reader.h"
#include "api/tensor/json_values.h"
#include "api/tfs/column.h"

namespace credence::api::tfs {
namespace {

using tensor::JsonKind;
using tensor::JsonReader;
using Columns = std::deque<Column>;  // they keep their place

constexpr std::size_t kInputsMax = 64;
constexpr std::size_t kQuotedMax = 256;

std::string Quote(std::string_view body) {
  return "JSON Value: " + std::string(body.substr(0, kQuotedMax)) +
         (body.size() > kQuotedMax ? "..." : "");
}

// What stands at the top of a body; of keys that come twice the first counts.
struct Top {
  std::optional<std::string> signature;
  std::optional<std::string_view> instances, inputs, examples, context;
  std::vector<std::string> filter;
  std::string wrong;  // what has the wrong kind
};

// Takes the next value of `json` unread.
bool Take(JsonReader& json, std::optional<std::string_view>& value) {
  json.Peek();
  const std::size_t start = json.offset();
  if (!json.SkipFast()) return false;
  if (!value) value = json.text().substr(start, json.offset() - start);
  return true;
}

bool TakeSignature(JsonReader& json, Top& top) {
  std::string text;
  if (json.Peek() != JsonKind::kString) {
    top.wrong = "'signature_name' key must be a string value.";
    return json.Skip();
  }
  if (!json.String(text)) return false;
  if (!top.signature) top.signature = std::move(text);
  return true;
}

bool TakeFilter(JsonReader& json, Top& top) {
  const auto wrong = [&top] {
    top.wrong = "'output_filter' must be a list of at most 64 output names.";
  };
  if (json.Peek() != JsonKind::kArray) {
    wrong();
    return json.Skip();
  }
  return json.Array([&] {
    if (json.Peek() != JsonKind::kString || top.filter.size() == kInputsMax) {
      wrong();
      return json.Skip();
    }
    return json.String(top.filter.emplace_back());
  });
}

Result<Top> ReadTop(std::string_view body) {
  JsonReader json(body);
  Top top;
  if (json.Peek() != JsonKind::kObject) {
    if (!json.Skip()) return json.ParseError();
    return Invalid(Quote(body) + " Is not object");
  }
  const bool read = json.Object([&](std::string_view key) {
    if (key == "signature_name") return TakeSignature(json, top);
    if (key == "output_filter") return TakeFilter(json, top);
    if (key == "instances") return Take(json, top.instances);
    if (key == "inputs") return Take(json, top.inputs);
    if (key == "examples") return Take(json, top.examples);
    if (key == "context") return Take(json, top.context);
    return json.Skip();
  });
  if (!read) return json.ParseError();
  if (!top.wrong.empty()) return Invalid(Quote(body) + " not formatted correctly. " + top.wrong);
  return top;
}

Columns MakeColumns(const predictor::Predictor& predictor, tensor::SentTensors& sent, Kept& kept) {
  const auto& specs = predictor.model_info().inputs;
  sent.Clear();
  for (std::size_t i = 0; i < specs.size(); ++i) sent.Add();  // then none moves
  Columns columns;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    columns.emplace_back(specs[i], predictor.takes_pictures(), sent[i], kept);
  }
  return columns;
}

std::string NamesOf(const std::vector<model::TensorSpec>& specs) {
  std::string names;
  for (const auto& spec : specs) names.append(names.empty() ? "" : ",").append(spec.name);
  return names;
}

// An object of inputs: calls take(column) for each key that is one, at its value.
// `exactly`: other keys are errors, and so are missing ones; else only the latter.
template <class TakeValue>
Result<void> ReadObject(JsonReader& json, const std::vector<model::TensorSpec>& specs,
                        Columns& columns, bool exactly, const TakeValue& take) {
  std::vector<bool> seen(specs.size());
  std::optional<Error> error;
  const bool read = json.Object([&](std::string_view key) {
    const auto found = std::ranges::find(specs, key, &model::TensorSpec::name);
    if (found == specs.end() && exactly) {
      error = Invalid("JSON object: does not have named input: " + NamesOf(specs) +
                      "; its keys must be equal to those");
      return false;
    }
    const auto at = static_cast<std::size_t>(found - specs.begin());
    if (found == specs.end() || seen[at]) return json.Skip();
    seen[at] = true;
    if (auto taken = take(columns[at]); !taken) error = taken.error();
    return !error;
  });
  if (error) return *error;
  if (!read) return json.ParseError();
  const auto missing = std::ranges::find(seen, false);
  if (missing == seen.end()) return {};
  const std::string& name = specs[static_cast<std::size_t>(missing - seen.begin())].name;
  if (!exactly) return Invalid("Missing named input: " + name + " in 'inputs' object.");
  return Invalid("JSON object: does not have named input: " + name);
}

Error InElement(std::size_t i, const Error& error, std::string_view list) {
  return {error.code, "Failed to process element: " + std::to_string(i) + " of '" +
                          std::string(list) + "' list. Error: INVALID_ARGUMENT: " + error.message};
}

Result<void> ReadRow(JsonReader& json, const predictor::Predictor& predictor, bool objects,
                     Columns& columns) {
  if (!objects) return columns[0].ReadRow(json);
  return ReadObject(json, predictor.model_info().inputs, columns, true,
                    [&json](Column& column) { return column.ReadRow(json); });
}

Result<void> ReadInstances(JsonReader& json, const predictor::Predictor& predictor,
                           Columns& columns) {
  if (json.Peek() != JsonKind::kArray) {
    return Invalid(tensor::QuoteNext(json) + " Expecting 'instances' to be an list/array");
  }
  json.Take('[');
  if (json.Take(']')) return Invalid("JSON Value: [] No values in 'instances' array");
  const auto is_object = [&json] { return json.Peek() == JsonKind::kObject && !IsBase64(json); };
  const bool objects = is_object();
  if (!objects && columns.size() != 1) {
    return Invalid(
        "instances is a plain list, but expecting list of objects as multiple input tensors "
        "required as per tensorinfo_map: " +
        NamesOf(predictor.model_info().inputs));
  }
  std::size_t i = 0;
  do {
    if (is_object() != objects) {
      return Invalid(std::string(objects ? "Expecting object but got list"
                                         : "Expecting value/list but got object") +
                     " at item " + std::to_string(i) + " of input list");
    }
    if (auto row = ReadRow(json, predictor, objects, columns); !row) {
      return InElement(i, row.error(), "instances");
    }
    ++i;
  } while (json.Take(','));
  return json.Take(']') ? Result<void>() : json.ParseError();
}

Result<void> ReadInputs(JsonReader& json, const predictor::Predictor& predictor, Columns& columns) {
  const auto& specs = predictor.model_info().inputs;
  if (json.Peek() == JsonKind::kObject && !IsBase64(json)) {
    return ReadObject(json, specs, columns, false,
                      [&json](Column& column) { return column.ReadAll(json); });
  }
  if (columns.size() == 1) return columns[0].ReadAll(json);
  return Invalid(
      "inputs is a plain value/list, but expecting an object as multiple input tensors "
      "required as per tensorinfo_map: " +
      NamesOf(specs));
}

// The value of the only feature; those of `context` count, too.
Result<void> ReadExample(JsonReader& json, Column& column) {
  if (json.Peek() != JsonKind::kObject) {
    return Invalid("Example must be JSON object but got JSON " +
                   std::string(tensor::JsonKindName(json.Peek())));
  }
  std::size_t features = 0;
  std::optional<Error> error;
  const bool read = json.Object([&](std::string_view) {
    if (++features > 1) return json.Skip();
    if (auto row = column.ReadRow(json); !row) error = row.error();
    return !error;
  });
  if (error) return *error;
  if (!read) return json.ParseError();
  if (features == 1) return {};
  return Invalid("an example has " + std::to_string(features) +
                 " features; the model takes one, the value of its input");
}

}  // namespace

Result<PredictBody> ReadPredictBody(std::string_view body) {
  auto top = ReadTop(body);
  if (!top) return top.error();
  if (top->instances && top->inputs) {
    return Invalid(Quote(body) +
                   " Not formatted correctly expecting only one of 'inputs' or 'instances' keys "
                   "to exist ");
  }
  if (!top->instances && !top->inputs) return Invalid("Missing 'inputs' or 'instances' key");
  return PredictBody{.signature = top->signature.value_or(""),
                     .row = top->instances.has_value(),
                     .values = top->instances ? *top->instances : *top->inputs,
                     .output_filter = std::move(top->filter)};
}

Result<ExamplesBody> ReadExamplesBody(std::string_view body, std::string_view method) {
  auto top = ReadTop(body);
  if (!top) return top.error();
  if (!top->examples) {
    return Invalid(Quote(body) + " When method is " + std::string(method) +
                   ", key 'examples' is expected and was not found");
  }
  JsonReader json(*top->examples);
  if (json.Peek() != JsonKind::kArray) {
    return Invalid(Quote(body) + " 'examples' value is not an array");
  }
  json.Take('[');
  if (json.Take(']')) return Invalid(Quote(body) + " 'examples' value is an empty array");
  return ExamplesBody{.signature = top->signature.value_or(""),
                      .examples = *top->examples,
                      .context = top->context.value_or("")};
}

Result<void> ReadValues(const PredictBody& body, const predictor::Predictor& predictor,
                        tensor::SentTensors& sent, Kept& kept) {
  Columns columns = MakeColumns(predictor, sent, kept);
  JsonReader json(body.values);
  return body.row ? ReadInstances(json, predictor, columns) : ReadInputs(json, predictor, columns);
}

Result<void> ReadExamples(const ExamplesBody& body, const predictor::Predictor& predictor,
                          tensor::SentTensors& sent, Kept& kept) {
  if (!body.context.empty() && body.context.find('"') != body.context.npos) {
    return Invalid("'context' has features; the model takes one feature, which each example has");
  }
  Columns columns = MakeColumns(predictor, sent, kept);
  JsonReader json(body.examples);
  json.Take('[');
  std::size_t i = 0;
  do {
    if (auto row = ReadExample(json, columns[0]); !row) {
      return InElement(i, row.error(), "examples");
    }
    ++i;
  } while (json.Take(','));
  return json.Take(']') ? Result<void>() : json.ParseError();
}

}  // namespace credence::api::tfs
