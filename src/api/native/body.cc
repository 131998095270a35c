#include "api/native/body.h"

#include <simdjson.h>

#include "api/native/json_image.h"
#include "api/native/multipart.h"

namespace credence::api::native {
namespace {

using simdjson::dom::element;
using Kept = std::vector<std::vector<std::uint8_t>>;

constexpr int kAxesMax = 5;

Error Invalid(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

// A fresh picture at the end of the job.
predictor::Picture& Add(serving::Job& job) {
  if (job.storage.size() == job.count) job.storage.emplace_back();
  predictor::Picture& picture = job.storage[job.count++];
  picture.Clear();
  return picture;
}

// Collects the numbers of `array`; every list of one depth must have one length.
Result<void> Collect(simdjson::dom::array array, std::size_t depth, NumberArray& out) {
  if (depth >= kAxesMax) return Invalid("the image's lists are nested deeper than 5");
  int count = 0;
  for (const element item : array) {
    ++count;
    double number = 0;
    if (item.is_array()) {
      if (out.shape.size() == depth) out.shape.push_back(-1);
      if (auto inner = Collect(item.get_array().value_unsafe(), depth + 1, out); !inner)
        return inner;
    } else if (item.get(number) == simdjson::SUCCESS) {
      if (out.shape.size() != depth) return Invalid("the image mixes numbers and lists");
      out.values.push_back(static_cast<float>(number));
    } else {
      return Invalid("the image holds something that is neither a number nor a list");
    }
  }
  int& expected = out.shape[depth - 1];
  if (expected == -1) expected = count;
  if (expected != count) {
    return Invalid("the image's rows differ: one has " + std::to_string(expected) +
                   " entries, another " + std::to_string(count));
  }
  return {};
}

Result<void> AddImage(element image, serving::Job& job, NumberArray& numbers, Kept& kept) {
  predictor::Picture& picture = Add(job);
  if (image.is_string()) {
    auto bytes = DecodeBase64(image.get_string().value_unsafe());
    if (!bytes) return bytes.error();
    kept.push_back(*std::move(bytes));
    picture.file = kept.back();
    return {};
  }
  if (!image.is_array()) return Invalid("\"image\" is neither a list of numbers nor base64 text");
  numbers.shape.assign(1, -1);
  numbers.values.clear();
  if (auto done = Collect(image.get_array().value_unsafe(), 1, numbers); !done) return done;
  return ToPixels(numbers, job.predictor->contract(), picture);
}

// A first character that only JSON can have.
bool LooksLikeJson(std::span<const std::uint8_t> body) {
  for (const std::uint8_t c : body) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    return c == '{' || c == '[';
  }
  return false;
}

Result<bool> ReadMultipart(std::string_view content_type, const http::Request& request,
                           serving::Job& job) {
  const auto parts = ParseMultipart(content_type, request.body);
  if (!parts) return parts.error();
  std::string names;
  for (const Part& part : *parts) {
    if (part.name != "file") {
      names.append(names.empty() ? "" : ", ").append(part.name.substr(0, 40));
      continue;
    }
    if (job.count == kPicturesMax)
      return Error{Code::kTooLarge, "more than 64 pictures in one request"};
    if (part.content.empty()) return Invalid("the part \"file\" is empty");
    Add(job).file = part.content;
  }
  if (job.count == 0) {
    return Invalid("the multipart body has no part named \"file\"" +
                   (names.empty() ? "" : "; it has: " + names));
  }
  return job.count > 1;
}

}  // namespace

struct BodyReader::Json {
  simdjson::dom::parser parser;
  NumberArray numbers;
};

BodyReader::BodyReader() : json_(std::make_unique<Json>()) {}
BodyReader::~BodyReader() = default;

Result<bool> BodyReader::Read(const http::Request& request, serving::Job& job, Kept& kept) {
  job.count = 0;
  kept.clear();
  if (request.body.empty()) {
    return Invalid(
        "the body is empty; send a picture, a multipart part \"file\", or JSON "
        "{\"image\": …}");
  }
  const std::string_view type = request.Header("content-type").value_or("");
  if (type.starts_with("multipart/")) return ReadMultipart(type, request, job);
  if (LooksLikeJson(request.body)) return ReadJson(request, job, kept);
  Add(job).file = request.body;
  return false;
}

Result<bool> BodyReader::ReadJson(const http::Request& request, serving::Job& job, Kept& kept) {
  static_assert(http::kBodyPadding >= simdjson::SIMDJSON_PADDING);
  element root;
  if (const auto error =
          json_->parser.parse(request.body.data(), request.body.size(), false).get(root)) {
    return Invalid(std::string("the body is not JSON: ") + simdjson::error_message(error));
  }
  kept.reserve(kPicturesMax);
  element image;
  if (root.is_array()) {
    if (auto added = AddImage(root, job, json_->numbers, kept); !added) return added.error();
    return false;
  }
  if (root.at_key("image").get(image) == simdjson::SUCCESS) {
    if (auto added = AddImage(image, job, json_->numbers, kept); !added) return added.error();
    return false;
  }
  simdjson::dom::array images;
  if (root.at_key("images").get(images) != simdjson::SUCCESS) {
    return Invalid("the JSON body has no \"image\" (one picture) and no \"images\" (a list)");
  }
  for (const element one : images) {
    if (job.count == kPicturesMax)
      return Error{Code::kTooLarge, "more than 64 pictures in one request"};
    if (auto added = AddImage(one, job, json_->numbers, kept); !added) {
      return Annotate(added.error(), "images[" + std::to_string(job.count - 1) + "]");
    }
  }
  if (job.count == 0) return Invalid("\"images\" is empty");
  return true;
}

}  // namespace credence::api::native
