#include "api/query.h"

#include <charconv>
#include <string>

#include "http/message.h"

namespace credence::api {

Result<std::optional<std::int64_t>> ReadVersion(std::string_view query) {
  const auto text = http::QueryValue(query, "version");
  if (!text) return std::optional<std::int64_t>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < 1) {
    return Error{Code::kInvalidArgument, "?version=" + *text + " is not a number of at least 1"};
  }
  return std::optional<std::int64_t>(number);
}

Result<bool> ReadFlag(std::string_view query, std::string_view key) {
  const auto text = http::QueryValue(query, key);
  if (!text || *text == "false" || *text == "0") return false;
  if (*text == "true" || *text == "1" || text->empty()) return true;
  return Error{Code::kInvalidArgument,
               "?" + std::string(key) + "=" + *text + " is neither true nor false"};
}

}  // namespace credence::api
