#include "api/admin/read.h"

#include <simdjson.h>

#include <charconv>

#include "base/byte_order_mark.h"

namespace credence::api::admin {
namespace {

static_assert(http::kBodyPadding >= simdjson::SIMDJSON_PADDING);

// `value` points into `parser`.
template <class T>
Result<void> Read(const http::Request& request, std::string_view key, std::string_view kind,
                  simdjson::dom::parser& parser, T& value) {
  if (request.body.size() > kBodyBytesMax) return TooLarge(request.body.size());
  const std::string_view text = WithoutByteOrderMark(
      {reinterpret_cast<const char*>(request.body.data()), request.body.size()});
  simdjson::dom::object object;
  const auto parsed = parser.parse(text.data(), text.size(), false).get(object);
  if (parsed == simdjson::SUCCESS && object.size() == 1 &&
      object[key].get(value) == simdjson::SUCCESS) {
    return {};
  }
  return Error{Code::kInvalidArgument, "the body must be a JSON object with \"" + std::string(key) +
                                           "\", " + std::string(kind) + ", and nothing else"};
}

}  // namespace

Result<std::string> ReadText(const http::Request& request, std::string_view key) {
  simdjson::dom::parser parser;
  std::string_view text;
  if (auto read = Read(request, key, "a text", parser, text); !read) return read.error();
  return std::string(text);
}

Result<std::int64_t> ReadNumber(const http::Request& request, std::string_view key) {
  simdjson::dom::parser parser;
  std::int64_t number = 0;
  if (auto read = Read(request, key, "a whole number", parser, number); !read) return read.error();
  return number;
}

Result<std::int64_t> ReadVersionNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 1) return number;
  return Error{Code::kInvalidArgument,
               "version \"" + std::string(text) + "\" is not a number of at least 1"};
}

Error TooLarge(std::uint64_t bytes) {
  return {Code::kTooLarge, "the body is " + std::to_string(bytes) + " bytes; the limit here is " +
                               std::to_string(kBodyBytesMax)};
}

}  // namespace credence::api::admin
