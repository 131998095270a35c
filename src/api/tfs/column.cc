#include "api/tfs/column.h"

#include <span>
#include <string>
#include <utility>

#include "api/native/base64.h"
#include "api/tensor/data_types.h"
#include "api/tensor/json_values.h"

namespace credence::api::tfs {
namespace {

using tensor::JsonKind;
using tensor::JsonReader;

constexpr std::size_t kAxesMax = 8;

std::string Text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t side : shape) {
    text.append(text.size() > 1 ? "," : "").append(std::to_string(side));
  }
  return text + "]";
}

}  // namespace

bool IsBase64(JsonReader json) {
  std::string text;
  return json.Peek() == JsonKind::kObject && json.Take('{') && json.String(text) && text == "b64" &&
         json.Take(':') && json.Skip() && json.Take('}');
}

Column::Column(const model::TensorSpec& spec, bool pictures, tensor::SentTensor& out, Kept& kept)
    : spec_(spec), pictures_(pictures), out_(out), kept_(kept) {
  out_.Clear();
  out_.name = spec.name;
  out_.type = spec.type;
}

Result<void> Column::ReadRow(JsonReader& json) {
  if (out_.shape.empty()) out_.shape.push_back(0);
  if (auto read = Read(json, 1); !read) return read;
  ++out_.shape[0];
  return {};
}

Result<void> Column::Read(JsonReader& json, std::size_t depth) {
  return json.Peek() == JsonKind::kArray ? ReadList(json, depth) : ReadOne(json, depth);
}

Result<void> Column::ReadList(JsonReader& json, std::size_t depth) {
  std::vector<std::int64_t>& shape = out_.shape;
  if (depth >= kAxesMax) {
    return Invalid("input " + spec_.name + " is nested deeper than " + std::to_string(kAxesMax) +
                   " lists");
  }
  if (shape.size() == depth) {
    if (any_) {
      return Invalid("Expecting shape " + Text(std::span(shape).subspan(1)) +
                     " but got a list at level: " + std::to_string(depth));
    }
    shape.push_back(-1);
  }
  std::int64_t count = 0;
  json.Take('[');
  if (!json.Take(']')) {
    do {
      const std::size_t floats = TakesFloats(depth + 1) ? json.Floats(out_.data) : 0;
      if (json.malformed()) return json.ParseError();
      count += static_cast<std::int64_t>(floats);
      if (floats > 0) continue;
      if (auto read = Read(json, depth + 1); !read) return read;
      ++count;
    } while (json.Take(','));
    if (!json.Take(']')) return json.ParseError();
  }
  if (shape[depth] == -1) shape[depth] = count;
  if (shape[depth] == count) return {};
  return Invalid("Encountered list at unexpected size: " + std::to_string(count) + " at level: " +
                 std::to_string(depth) + " expected size: " + std::to_string(shape[depth]));
}

Result<void> Column::ReadOne(JsonReader& json, std::size_t depth) {
  if (out_.shape.size() != depth) {
    JsonReader copy = json;
    if (!copy.Skip()) return copy.ParseError();
    return Invalid("Expecting a list at level: " + std::to_string(depth) + " but got " +
                   tensor::QuoteNext(json));
  }
  const bool text = pictures_ && IsBase64(json);
  if (any_ && text != out_.text) {
    return Invalid("input " + spec_.name + " mixes pictures and numbers");
  }
  any_ = true;
  out_.text = text;
  return text ? ReadText(json) : tensor::ReadElement(json, spec_.type, out_.data);
}

Result<void> Column::ReadText(JsonReader& json) {
  const std::string value = tensor::QuoteNext(json);
  std::string text;
  json.Take('{');
  json.String(text);
  json.Take(':');
  if (json.Peek() != JsonKind::kString || !json.String(text)) {
    return Invalid(value + " is no base64: \"b64\" must be a text");
  }
  json.Take('}');
  auto bytes = native::DecodeBase64(text);
  if (!bytes) return Invalid("the base64 of input " + spec_.name + ": " + bytes.error().message);
  kept_.push_back(*std::move(bytes));
  out_.texts.emplace_back(kept_.back());
  return {};
}

}  // namespace credence::api::tfs
