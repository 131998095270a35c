#include "api/kserve/read.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "api/native/base64.h"
#include "api/tensor/data_types.h"
#include "api/tensor/json_reader.h"
#include "api/tensor/json_values.h"
#include "image/decode.h"

namespace credence::api::kserve {
namespace {

using tensor::JsonKind;
using tensor::JsonNumber;
using tensor::JsonReader;
using tensor::SentTensor;

constexpr std::size_t kTensorsMax = 64;
constexpr std::size_t kAxesMax = 8;

// Members of an object, each read by `read(key)`, which takes the value or returns an error.
template <class Read>
Result<void> ReadObject(JsonReader& json, std::string_view what, const Read& read) {
  if (json.Peek() != JsonKind::kObject) {
    return Invalid(std::string(what) + " must be an object; " + tensor::QuoteNext(json));
  }
  std::optional<Error> error;
  const bool done = json.Object([&](std::string_view key) {
    Result<void> one = read(key);
    if (!one) error = one.error();
    return !error;
  });
  if (error) return *error;
  return done ? Result<void>() : json.ParseError();
}

template <class Read>
Result<void> ReadArray(JsonReader& json, std::string_view what, const Read& read) {
  if (json.Peek() != JsonKind::kArray) {
    return Invalid(std::string(what) + " must be a list; " + tensor::QuoteNext(json));
  }
  std::optional<Error> error;
  const bool done = json.Array([&] {
    Result<void> one = read();
    if (!one) error = one.error();
    return !error;
  });
  if (error) return *error;
  return done ? Result<void>() : json.ParseError();
}

Result<void> ReadString(JsonReader& json, std::string_view what, std::string& out) {
  if (json.Peek() != JsonKind::kString) {
    return Invalid(std::string(what) + " must be a text; " + tensor::QuoteNext(json));
  }
  return json.String(out) ? Result<void>() : json.ParseError();
}

Result<void> ReadBool(JsonReader& json, std::string_view what, bool& out) {
  const JsonKind kind = json.Peek();
  if (kind != JsonKind::kTrue && kind != JsonKind::kFalse) {
    return Invalid(std::string(what) + " must be true or false; " + tensor::QuoteNext(json));
  }
  return json.Bool(out) ? Result<void>() : json.ParseError();
}

// A whole number from 0 on.
Result<void> ReadCount(JsonReader& json, std::string_view what, std::uint64_t& out) {
  const std::string value = tensor::QuoteNext(json);
  JsonNumber number;
  if (json.Peek() == JsonKind::kNumber && !json.Number(number)) return json.ParseError();
  if (!number.exact || (number.negative && number.magnitude != 0)) {
    return Invalid(std::string(what) + " must be a whole number of at least 0; " + value);
  }
  out = number.magnitude;
  return {};
}

Result<void> Skip(JsonReader& json) { return json.Skip() ? Result<void>() : json.ParseError(); }

// One input as it stands in the JSON.
struct JsonInput {
  std::string name, datatype;
  std::optional<std::vector<std::int64_t>> shape;
  std::optional<std::string_view> data;
  std::optional<std::uint64_t> binary_size;
};

Result<void> ReadShape(JsonReader& json, JsonInput& input) {
  const std::string what = "the shape of input '" + input.name + "'";
  auto& shape = input.shape.emplace();
  return ReadArray(json, what, [&]() -> Result<void> {
    std::uint64_t side = 0;
    if (auto read = ReadCount(json, "each side of " + what, side); !read) return read;
    if (shape.size() == kAxesMax) return Invalid(what + " has more than 8 sides");
    constexpr std::uint64_t kMax = std::uint64_t{1} << 62;
    shape.push_back(static_cast<std::int64_t>(std::min(side, kMax)));
    return {};
  });
}

Result<void> TakeData(JsonReader& json, JsonInput& input) {
  json.Peek();
  const std::size_t start = json.offset();
  if (!json.SkipFast()) return json.ParseError();
  input.data = json.text().substr(start, json.offset() - start);
  return {};
}

Result<void> ReadJsonInput(JsonReader& json, JsonInput& input) {
  return ReadObject(json, "each input", [&](std::string_view key) -> Result<void> {
    if (key == "name") return ReadString(json, "the name of an input", input.name);
    if (key == "datatype") return ReadString(json, "a datatype", input.datatype);
    if (key == "shape") return ReadShape(json, input);
    if (key == "data") return TakeData(json, input);
    if (key != "parameters") return Skip(json);
    return ReadObject(json, "parameters", [&](std::string_view name) -> Result<void> {
      if (name != "binary_data_size") return Skip(json);
      return ReadCount(json, "binary_data_size", input.binary_size.emplace());
    });
  });
}

// JSON holds no picture's bytes: a text for a picture classifier is base64, if it can be.
Result<void> AddText(JsonReader& json, bool pictures, SentTensor& out, Kept& kept) {
  std::string text;
  const std::string what = "each element of input '" + out.name + "', which is BYTES,";
  if (auto read = ReadString(json, what, text); !read) return read;
  std::vector<std::uint8_t> bytes(text.begin(), text.end());
  if (pictures) {
    if (auto decoded = native::DecodeBase64(text)) bytes = *std::move(decoded);
  }
  kept.push_back(std::move(bytes));
  out.texts.emplace_back(kept.back());
  return {};
}

// Nested in any way.
Result<void> ReadData(JsonReader& json, int depth, bool pictures, SentTensor& out, Kept& kept) {
  if (json.Peek() == JsonKind::kArray) {
    if (depth > tensor::kJsonDepthMax) return json.ParseError();
    return ReadArray(json, "data", [&]() -> Result<void> {
      const bool floats = !out.text && out.type == model::DataType::kFloat32;
      const std::size_t taken = floats ? json.Floats(out.data) : 0;
      if (json.malformed()) return json.ParseError();
      if (taken > 0) return {};
      return ReadData(json, depth + 1, pictures, out, kept);
    });
  }
  if (out.text) return AddText(json, pictures, out, kept);
  return tensor::ReadElement(json, out.type, out.data);
}

Result<void> SetType(const JsonInput& input, SentTensor& out) {
  out.name = input.name;
  if (input.name.empty()) return Invalid("an input has no name");
  const std::string named = "input '" + input.name + "'";
  if (!input.shape) return Invalid(named + " has no shape");
  out.shape = *input.shape;
  out.text = input.datatype == tensor::kBytesName;
  if (out.text) return {};
  const auto type = tensor::FromKserveName(input.datatype);
  if (!type) {
    return Invalid(named + " has the datatype '" + input.datatype.substr(0, 40) +
                   "', which is none of BOOL, UINT8 to UINT64, INT8 to INT64, FP16, FP32, FP64, "
                   "BF16, BYTES");
  }
  out.type = *type;
  return {};
}

Result<void> AddInput(const JsonInput& input, bool pictures, std::span<const std::uint8_t>& tail,
                      SentTensor& out, Kept& kept) {
  out.Clear();
  if (auto typed = SetType(input, out); !typed) return typed;
  if (input.data && input.binary_size) {
    return Invalid("input '" + input.name + "' has data and binary_data_size: one of them");
  }
  if (!input.data && !input.binary_size) {
    return Invalid("input '" + input.name + "' has neither data nor binary_data_size");
  }
  if (input.data) {
    if (out.type == model::DataType::kFloat16 || out.type == model::DataType::kBfloat16) {
      return Invalid("receiving " + input.datatype +
                     " data via JSON is not supported. Please use the binary data format for "
                     "input '" +
                     input.name + "'");
    }
    JsonReader json(*input.data);
    return ReadData(json, 0, pictures, out, kept);
  }
  const auto data = TakeTail(*input.binary_size, input.name, tail);
  if (!data) return data.error();
  if (out.text) return ReadTexts(*data, input.name, out.texts);
  const auto bytes = std::as_bytes(*data);
  out.data.assign(bytes.begin(), bytes.end());
  return {};
}

Result<void> ReadOutput(JsonReader& json, WantedOutput& output) {
  return ReadObject(json, "each output", [&](std::string_view key) -> Result<void> {
    if (key == "name") return ReadString(json, "the name of an output", output.name);
    if (key != "parameters") return Skip(json);
    return ReadObject(json, "parameters", [&](std::string_view name) -> Result<void> {
      if (name == "binary_data") return ReadBool(json, "binary_data", output.binary.emplace());
      if (name == "classification") return ReadCount(json, "classification", output.classes);
      if (name.starts_with("shared_memory")) {
        return Invalid("output '" + output.name + "' asks for shared memory, which is not offered");
      }
      return Skip(json);
    });
  });
}

Result<void> ReadOutputs(JsonReader& json, InferAsked& asked) {
  return ReadArray(json, "outputs", [&]() -> Result<void> {
    if (asked.outputs.size() == kTensorsMax) return Invalid("more than 64 outputs");
    WantedOutput output;
    if (auto read = ReadOutput(json, output); !read) return read;
    if (std::ranges::find(asked.outputs, output.name, &WantedOutput::name) != asked.outputs.end()) {
      return Invalid("output '" + output.name + "' already exists in request");
    }
    asked.outputs.push_back(std::move(output));
    return {};
  });
}

Result<void> ReadParameter(JsonReader& json, std::string_view name, InferAsked& asked) {
  if (name == "binary_data_output") return ReadBool(json, name, asked.binary);
  const JsonKind kind = json.Peek();
  if (kind == JsonKind::kObject || kind == JsonKind::kArray) {
    return Invalid("parameter '" + std::string(name.substr(0, 80)) +
                   "' must be a text, a number, true or false");
  }
  return Skip(json);
}

// The body is the only input: a picture file, or its bytes.
Result<void> ReadRaw(std::span<const std::uint8_t> body, const predictor::Predictor& predictor,
                     SentTensor& out) {
  const auto& inputs = predictor.model_info().inputs;
  if (inputs.size() != 1 || inputs[0].any_rank) {
    return Invalid("a raw binary request is for models of one input; this one takes " +
                   std::to_string(inputs.size()));
  }
  const model::TensorSpec& spec = inputs[0];
  out.Clear();
  out.name = spec.name;
  out.type = spec.type;
  out.shape = spec.shape;
  const std::size_t width = model::ElementBytes(spec.type);
  std::int64_t rest = 1;  // elements but for the first free side, whose length the body tells
  std::int64_t* free = nullptr;
  for (std::int64_t& side : out.shape) {
    if (side >= 0) {
      rest *= side;
    } else if (free == nullptr) {
      free = &side;
      side = 1;
    } else {
      return Invalid("a raw binary request is for inputs with one free side; '" + spec.name +
                     "' is " + model::Describe(spec));
    }
  }
  const std::size_t one = static_cast<std::size_t>(rest) * width;
  const bool file = predictor.takes_pictures() &&
                    (body.size() != one || image::ReadHeader(body, predictor.decode_limits()));
  if (file) {
    out.text = true;
    out.shape = {1};
    out.texts.push_back(body);
    return {};
  }
  if (free != nullptr && one > 0 && body.size() % one == 0) {
    *free = static_cast<std::int64_t>(body.size() / one);
  }
  const auto bytes = std::as_bytes(body);
  out.data.assign(bytes.begin(), bytes.end());
  return {};
}

}  // namespace

void InferAsked::Clear() {
  id.reset();
  binary = false;
  outputs.clear();
}

Result<void> ReadInfer(const Parts& parts, const predictor::Predictor& predictor, InferAsked& asked,
                       tensor::SentTensors& sent, Kept& kept) {
  if (parts.raw) {
    asked.binary = true;
    return ReadRaw(parts.tail, predictor, sent.Add());
  }
  JsonReader json(parts.json);
  std::span<const std::uint8_t> tail = parts.tail;
  bool inputs = false;
  if (json.Peek() == JsonKind::kNone) return json.ParseError();
  const auto read = ReadObject(json, "the body", [&](std::string_view key) -> Result<void> {
    if (key == "id") return ReadString(json, "id", asked.id.emplace());
    if (key == "outputs") return ReadOutputs(json, asked);
    if (key == "parameters") {
      return ReadObject(json, "parameters",
                        [&](std::string_view name) { return ReadParameter(json, name, asked); });
    }
    if (key != "inputs" || inputs) return Skip(json);
    inputs = true;
    return ReadArray(json, "inputs", [&]() -> Result<void> {
      if (sent.size() == kTensorsMax) return Invalid("more than 64 inputs");
      JsonInput input;
      if (auto one = ReadJsonInput(json, input); !one) return one;
      return AddInput(input, predictor.takes_pictures(), tail, sent.Add(), kept);
    });
  });
  if (!read) return read;
  if (!inputs) return Invalid("Unable to find 'inputs' in the body");
  if (tail.empty()) return {};
  return Invalid(std::to_string(tail.size()) +
                 " bytes stand behind the binary data that the inputs have");
}

}  // namespace credence::api::kserve
