#include "api/native/body.h"

#include <simdjson.h>

#include "api/native/base64.h"
#include "api/native/multipart.h"

namespace credence::api::native {
namespace {

using simdjson::dom::element;

constexpr std::size_t kAxesMax = 8;
constexpr std::size_t kTensorsMax = 64;

Error Invalid(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

void AddFile(image::Bytes file, Inputs& inputs) {
  predictor::Become<predictor::EncodedPicture>(inputs.Add()).file = file;
}

// Appends the numbers of `array`, outermost first, to `values`, and finds their shape; every list
// of one depth must have one length. `depth`: of the array, the outermost is 1.
template <class Side, class Value>
Result<void> Collect(simdjson::dom::array array, std::size_t depth, std::vector<Side>& shape,
                     std::vector<Value>& values) {
  if (depth > kAxesMax) return Invalid("the lists are nested deeper than 8");
  Side count = 0;
  for (const element item : array) {
    ++count;
    double number = 0;
    if (item.is_array()) {
      if (shape.size() == depth) {  // a new axis, unless numbers have stood here before
        if (!values.empty()) return Invalid("the lists mix numbers and lists");
        shape.push_back(-1);
      }
      const auto inner = item.get_array().value_unsafe();
      if (auto done = Collect(inner, depth + 1, shape, values); !done) return done;
    } else if (item.get(number) == simdjson::SUCCESS) {
      if (shape.size() != depth) return Invalid("the lists mix numbers and lists");
      values.push_back(static_cast<Value>(number));
    } else {
      return Invalid("the lists hold something that is neither a number nor a list");
    }
  }
  Side& expected = shape[depth - 1];
  if (expected == -1) expected = count;
  if (expected != count) {
    return Invalid("the lists of one depth differ: one has " + std::to_string(expected) +
                   " entries, another " + std::to_string(count));
  }
  return {};
}

Result<void> AddImage(element image, Inputs& inputs, Kept& kept) {
  if (image.is_string()) {
    auto bytes = DecodeBase64(image.get_string().value_unsafe());
    if (!bytes) return bytes.error();
    kept.push_back(*std::move(bytes));
    AddFile(kept.back(), inputs);
    return {};
  }
  if (!image.is_array()) return Invalid("\"image\" is neither a list of numbers nor base64 text");
  auto& numbers = predictor::Become<predictor::Numbers>(inputs.Add());
  numbers.shape.assign(1, -1);
  numbers.values.clear();
  return Collect(image.get_array().value_unsafe(), 1, numbers.shape, numbers.values);
}

// One tensor of "inputs": nested numbers, or a number alone.
Result<void> ReadTensor(element json, std::vector<double>& values, model::Tensor& tensor) {
  tensor.type = model::DataType::kFloat64;
  tensor.shape.clear();
  values.clear();
  double number = 0;
  if (json.get(number) == simdjson::SUCCESS) {
    values.push_back(number);
  } else if (json.is_array()) {
    tensor.shape.push_back(-1);
    const auto lists = json.get_array().value_unsafe();
    if (auto done = Collect(lists, 1, tensor.shape, values); !done) return done;
  } else {
    return Invalid("it is neither a number nor a list of numbers");
  }
  const auto bytes = std::as_bytes(std::span(values));
  tensor.data.assign(bytes.begin(), bytes.end());
  return {};
}

// A first character that only JSON can have.
bool LooksLikeJson(std::span<const std::uint8_t> body) {
  for (const std::uint8_t c : body) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    return c == '{' || c == '[';
  }
  return false;
}

Result<BodyForm> ReadMultipart(std::string_view content_type, const http::Request& request,
                               Inputs& inputs) {
  const auto parts = ParseMultipart(content_type, request.body);
  if (!parts) return parts.error();
  std::string names;
  for (const Part& part : *parts) {
    if (part.name != "file") {
      names.append(names.empty() ? "" : ", ").append(part.name.substr(0, 40));
      continue;
    }
    if (inputs.size() == kPicturesMax)
      return Error{Code::kTooLarge, "more than 64 pictures in one request"};
    if (part.content.empty()) return Invalid("the part \"file\" is empty");
    AddFile(part.content, inputs);
  }
  if (inputs.size() == 0) {
    return Invalid("the multipart body has no part named \"file\"" +
                   (names.empty() ? "" : "; it has: " + names));
  }
  return inputs.size() > 1 ? BodyForm::kList : BodyForm::kOne;
}

}  // namespace

struct BodyReader::Json {
  simdjson::dom::parser parser;
  std::vector<double> values;
};

BodyReader::BodyReader() : json_(std::make_unique<Json>()) {}
BodyReader::~BodyReader() = default;

Result<BodyForm> BodyReader::Read(const http::Request& request, Inputs& inputs, Kept& kept) {
  inputs.Clear();
  kept.clear();
  if (request.body.empty()) {
    return Invalid(
        "the body is empty; send a picture, a multipart part \"file\", or JSON "
        "{\"image\": …}");
  }
  const std::string_view type = request.Header("content-type").value_or("");
  if (type.starts_with("multipart/")) return ReadMultipart(type, request, inputs);
  if (LooksLikeJson(request.body)) return ReadJson(request, inputs, kept);
  AddFile(request.body, inputs);
  return BodyForm::kOne;
}

Result<BodyForm> BodyReader::ReadJson(const http::Request& request, Inputs& inputs, Kept& kept) {
  static_assert(http::kBodyPadding >= simdjson::SIMDJSON_PADDING);
  element root;
  if (const auto error =
          json_->parser.parse(request.body.data(), request.body.size(), false).get(root)) {
    return Invalid(std::string("the body is not JSON: ") + simdjson::error_message(error));
  }
  kept.reserve(kPicturesMax);
  element image;
  if (root.is_array()) {
    if (auto added = AddImage(root, inputs, kept); !added) return added.error();
    return BodyForm::kOne;
  }
  if (root.at_key("image").get(image) == simdjson::SUCCESS) {
    if (auto added = AddImage(image, inputs, kept); !added) return added.error();
    return BodyForm::kOne;
  }
  simdjson::dom::object tensors;
  if (root.at_key("inputs").get(tensors) == simdjson::SUCCESS) {
    auto& sent = predictor::Become<predictor::Tensors>(inputs.Add());
    sent.untyped = true;
    sent.all.clear();
    for (const auto [name, json] : tensors) {
      if (sent.all.size() == kTensorsMax) return Invalid("more than 64 inputs");
      model::Tensor& tensor = sent.all.emplace_back();
      tensor.name = name;
      if (auto read = ReadTensor(json, json_->values, tensor); !read) {
        return Annotate(read.error(), "input \"" + tensor.name + "\"");
      }
    }
    return BodyForm::kTensors;
  }
  simdjson::dom::array images;
  if (root.at_key("images").get(images) != simdjson::SUCCESS) {
    return Invalid(
        "the JSON body has no \"image\" (one picture), no \"images\" (a list) and no \"inputs\" "
        "(the model's tensors by name)");
  }
  for (const element one : images) {
    const std::size_t at = inputs.size();
    if (at == kPicturesMax) return Error{Code::kTooLarge, "more than 64 pictures in one request"};
    if (auto added = AddImage(one, inputs, kept); !added) {
      return Annotate(added.error(), "images[" + std::to_string(at) + "]");
    }
  }
  if (inputs.empty()) return Invalid("\"images\" is empty");
  return BodyForm::kList;
}

}  // namespace credence::api::native
