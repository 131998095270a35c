#include "api/native/body.h"

#include <simdjson.h>

#include <algorithm>
#include <span>

#include "api/native/base64.h"
#include "api/native/multipart.h"
#include "base/ascii.h"
#include "base/byte_order_mark.h"

namespace credence::api::native {
namespace {

using simdjson::dom::element;

constexpr std::size_t kAxesMax = 8;
constexpr std::size_t kTensorsMax = 64;

void AddFile(image::Bytes file, Inputs& inputs) {
  predictor::Become<predictor::EncodedPicture>(inputs.Add()).file = file;
}

// Appends the numbers of `array`, outermost first, to `values`, and finds their shape; every list
// of one depth must have one length. `depth`: of the array, the outermost is 1.
// Errors: kInvalidArgument - the message begins with the place in `array`, such as "[3][0] is …".
template <class Side, class Value>
Result<void> Collect(simdjson::dom::array array, std::size_t depth, std::vector<Side>& shape,
                     std::vector<Value>& values) {
  if (depth > kAxesMax) return Invalid(" is nested deeper than 8 lists");
  Side count = 0;
  const auto at = [&count](std::string_view rest) {
    return Invalid("[" + std::to_string(count) + "]" + std::string(rest));
  };
  for (const element item : array) {
    double number = 0;
    if (item.is_array()) {
      if (shape.size() == depth) {  // a new axis, unless numbers have stood here before
        if (!values.empty()) return at(" is a list, but there are numbers at its depth before it");
        shape.push_back(-1);
      }
      const auto inner = item.get_array().value_unsafe();
      if (auto done = Collect(inner, depth + 1, shape, values); !done) {
        return at(done.error().message);
      }
    } else if (item.get(number) == simdjson::SUCCESS) {
      if (shape.size() != depth)
        return at(" is a number, but there are lists at its depth before it");
      values.push_back(static_cast<Value>(number));
    } else {
      return at(" is neither a number nor a list");
    }
    ++count;
  }
  Side& expected = shape[depth - 1];
  if (expected == -1) expected = count;
  if (expected == count) return {};
  return Invalid(" has " + std::to_string(count) + (count == 1 ? " entry" : " entries") +
                 ", but the lists of its depth before it have " + std::to_string(expected));
}

// The numbers of a JSON list that is called `name` in errors.
template <class Side, class Value>
Result<void> CollectAll(std::string_view name, simdjson::dom::array array, std::vector<Side>& shape,
                        std::vector<Value>& values) {
  shape.assign(1, -1);
  values.clear();
  auto done = Collect(array, 1, shape, values);
  if (done) return {};
  return Invalid(std::string(name) + done.error().message);
}

// `name`: what errors call it.
Result<void> AddImage(std::string_view name, element image, Inputs& inputs, Kept& kept) {
  if (image.is_string()) {
    auto bytes = DecodeBase64(image.get_string().value_unsafe());
    if (!bytes) return Annotate(bytes.error(), name);
    kept.push_back(*std::move(bytes));
    AddFile(kept.back(), inputs);
    return {};
  }
  if (!image.is_array()) {
    return Invalid(std::string(name) + " is neither a list of numbers nor base64 text");
  }
  auto& numbers = predictor::Become<predictor::Numbers>(inputs.Add());
  numbers.reshape = false;
  return CollectAll(name, image.get_array().value_unsafe(), numbers.shape, numbers.values);
}

// One tensor of "inputs", which errors call `name`: nested numbers, or a number alone.
Result<void> ReadTensor(std::string_view name, element json, std::vector<double>& values,
                        model::Tensor& tensor) {
  tensor.type = model::DataType::kFloat64;
  tensor.shape.clear();
  values.clear();
  double number = 0;
  if (json.get(number) == simdjson::SUCCESS) {
    values.push_back(number);
  } else if (json.is_array()) {
    const auto lists = json.get_array().value_unsafe();
    if (auto done = CollectAll(name, lists, tensor.shape, values); !done) return done;
  } else {
    return Invalid(std::string(name) + " is neither a number nor a list of numbers");
  }
  const auto bytes = std::as_bytes(std::span(values));
  tensor.data.assign(bytes.begin(), bytes.end());
  return {};
}

// "; it has "a", "b"": the first keys of an object; "" of anything else.
std::string KeysOf(element root) {
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) return "";
  std::string keys;
  for (const auto [key, value] : object) {
    if (keys.size() > 60) break;
    keys.append(keys.empty() ? "; it has \"" : ", \"").append(key.substr(0, 40)).append("\"");
  }
  return keys;
}

// A first character that only JSON can have.
bool LooksLikeJson(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && (text[first] == '{' || text[first] == '[');
}

// The same in UTF-16, of either byte order, with or without its byte order mark.
bool LooksLikeUtf16Json(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) text.remove_prefix(2);
  if (text.size() < 2) return false;
  return (text[0] == '\0' && LooksLikeJson(text.substr(1, 1))) ||
         (text[1] == '\0' && LooksLikeJson(text.substr(0, 1)));
}

bool IsMultipart(const http::Request& request) {
  return StartsWithIgnoringCase(request.Header("content-type").value_or(""), "multipart/");
}

std::string_view TextOf(const http::Request& request) {
  return WithoutByteOrderMark(
      {reinterpret_cast<const char*>(request.body.data()), request.body.size()});
}

constexpr std::string_view kTheJson = "the request's JSON";

// Bytes of memory that a large JSON text may take.
struct JsonSize {
  std::uint64_t to_parse = 0;          // the parser's index and tape
  std::uint64_t to_keep_pictures = 0;  // beside that: what is made of it
  std::uint64_t to_keep_tensors = 0;
};

// By the characters that part its values: there is at most one value more.
JsonSize SizeOf(std::string_view text) {
  std::uint64_t parting = 0;
  for (const char c : text) {
    parting += static_cast<std::uint64_t>(c == ',') | static_cast<std::uint64_t>(c == ':') |
               static_cast<std::uint64_t>(c == '[') | static_cast<std::uint64_t>(c == ']') |
               static_cast<std::uint64_t>(c == '{') | static_cast<std::uint64_t>(c == '}');
  }
  const std::uint64_t values = parting + 1, texts = text.size() - std::min(parting, text.size());
  // simdjson: 4 bytes of index for each value and parting character, 16 of tape for each value.
  return {.to_parse = 24 * values + texts,
          .to_keep_pictures = 12 * values + 2 * texts,
          .to_keep_tensors = 48 * values};
}

// Bytes that `inputs` hold beside the request's body.
std::uint64_t BytesKept(const Inputs& inputs, const Kept& kept) {
  std::uint64_t bytes = 0;
  for (const auto& file : kept) bytes += file.capacity();
  for (const predictor::Input& input : inputs.all()) {
    if (const auto* numbers = std::get_if<predictor::Numbers>(&input)) {
      bytes += numbers->values.capacity() * sizeof(float);
    } else if (const auto* tensors = std::get_if<predictor::Tensors>(&input)) {
      // Once as they were sent, and once for each step until the model has them.
      for (const model::Tensor& tensor : tensors->all) bytes += 4 * tensor.data.capacity();
    }
  }
  return bytes;
}

// A PNG without its line breaks and NULs, as `curl -d` sends it.
bool IsStrippedPng(std::string_view text) { return text.starts_with("\x89PNG\x1A"); }

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

bool TakesLong(const http::Request& request) {
  return request.body.size() > kReadAtOnceBytes &&
         (IsMultipart(request) || LooksLikeJson(TextOf(request)));
}

struct BodyReader::Json {
  simdjson::dom::parser parser;
  std::vector<double> values;
};

BodyReader::BodyReader() : json_(std::make_unique<Json>()) {}
BodyReader::~BodyReader() = default;

Result<BodyForm> BodyReader::Read(const http::Request& request, Inputs& inputs, Kept& kept,
                                  HeldBytes& memory) {
  inputs.Clear();
  kept.clear();
  if (request.body.empty()) {
    return Invalid(
        "the body is empty; send a picture, a multipart part \"file\", or JSON "
        "{\"image\": …}");
  }
  if (IsMultipart(request)) return ReadMultipart(*request.Header("content-type"), request, inputs);
  const std::string_view text = TextOf(request);
  if (LooksLikeUtf16Json(text)) {
    return Invalid("the JSON body is in UTF-16; JSON is sent in UTF-8 (RFC 8259)");
  }
  if (LooksLikeJson(text)) {
    auto form = ReadJson(text, inputs, kept, memory);
    const std::uint64_t held = form ? BytesKept(inputs, kept) : 0;
    if (held <= kSmallBytes && memory.bytes() == 0) return form;
    if (auto fits = memory.Reach(held, kTheJson, text.size()); !fits) return fits.error();
    static_cast<void>(memory.Resize(held));  // less than before
    return form;
  }
  if (IsStrippedPng(text)) {
    return Invalid(
        "this PNG has lost its line breaks, as with curl -d; send it with --data-binary");
  }
  AddFile(request.body, inputs);
  return BodyForm::kOne;
}

Result<BodyForm> BodyReader::ReadJson(std::string_view text, Inputs& inputs, Kept& kept,
                                      HeldBytes& memory) {
  static_assert(http::kBodyPadding >= simdjson::SIMDJSON_PADDING);
  JsonSize size;
  if (text.size() > kReadAtOnceBytes) {
    size = SizeOf(text);
    if (auto fits = memory.Reach(size.to_parse, kTheJson, text.size()); !fits) return fits.error();
  }
  element root;
  if (const auto error = json_->parser.parse(text.data(), text.size(), false).get(root)) {
    if (error == simdjson::MEMALLOC) return Error{Code::kResourceExhausted, "out of memory"};
    return Invalid(std::string("the body is not JSON: ") + simdjson::error_message(error));
  }
  kept.reserve(kPicturesMax);
  simdjson::dom::object tensors;
  const bool is_tensors = root.at_key("inputs").get(tensors) == simdjson::SUCCESS;
  const std::uint64_t to_keep = is_tensors ? size.to_keep_tensors : size.to_keep_pictures;
  if (auto fits = memory.Reach(size.to_parse + to_keep, kTheJson, text.size()); !fits)
    return fits.error();
  element image;
  if (root.is_array()) {
    if (auto added = AddImage("the body", root, inputs, kept); !added) return added.error();
    return BodyForm::kOne;
  }
  if (root.at_key("image").get(image) == simdjson::SUCCESS) {
    if (auto added = AddImage("\"image\"", image, inputs, kept); !added) return added.error();
    return BodyForm::kOne;
  }
  if (is_tensors) {
    auto& sent = predictor::Become<predictor::Tensors>(inputs.Add());
    sent.untyped = true;
    sent.all.clear();
    for (const auto [name, json] : tensors) {
      if (sent.all.size() == kTensorsMax) return Invalid("more than 64 inputs");
      model::Tensor& tensor = sent.all.emplace_back();
      tensor.name = name;
      const std::string named = "input \"" + tensor.name + "\"";
      if (auto read = ReadTensor(named, json, json_->values, tensor); !read) return read.error();
    }
    return BodyForm::kTensors;
  }
  simdjson::dom::array images;
  if (root.at_key("images").get(images) != simdjson::SUCCESS) {
    return Invalid(
        "the JSON body has no \"image\" (one picture), no \"images\" (a list) and no \"inputs\" "
        "(the model's tensors by name)" +
        KeysOf(root));
  }
  for (const element one : images) {
    const std::size_t at = inputs.size();
    if (at == kPicturesMax) return Error{Code::kTooLarge, "more than 64 pictures in one request"};
    const std::string name = "\"images\"[" + std::to_string(at) + "]";
    if (auto added = AddImage(name, one, inputs, kept); !added) return added.error();
  }
  if (inputs.empty()) return Invalid("\"images\" is empty");
  return BodyForm::kList;
}

}  // namespace credence::api::native
