#include "api/query.h"

#include <algorithm>
#include <string>

#include "base/nearest.h"
#include "http/message.h"
#include "serving/labels.h"
#include "serving/repository.h"

namespace credence::api {

Result<void> CheckQuery(std::string_view query, std::span<const std::string_view> known) {
  if (query.empty()) return {};
  for (const std::string& key : http::QueryKeys(query)) {
    if (std::ranges::find(known, key) != known.end()) continue;
    std::string names;
    for (const std::string_view name : known) names.append(names.empty() ? "" : ", ").append(name);
    const std::string meant = DidYouMean(key, known);
    return Error{Code::kInvalidArgument, "there is no query parameter \"" + key.substr(0, 64) +
                                             "\" here" +
                                             (!meant.empty()  ? meant
                                              : names.empty() ? "; none is taken"
                                                              : "; there is: " + names)};
  }
  return {};
}

Result<void> ReadVersion(std::string_view query, serving::Selector& selector) {
  selector.version.reset();
  selector.label.clear();
  auto text = http::QueryValue(query, "version");
  if (!text) return {};
  selector.version = serving::ParseVersionNumber(*text);
  if (selector.version) return {};
  if (!serving::IsLabel(*text)) {
    return Error{Code::kInvalidArgument,
                 "?version=" + *text + " is neither a number of at least 1 nor a version label"};
  }
  selector.label = *std::move(text);
  return {};
}

Result<bool> ReadFlag(std::string_view query, std::string_view key) {
  const auto text = http::QueryValue(query, key);
  if (!text || *text == "false" || *text == "0") return false;
  if (*text == "true" || *text == "1" || text->empty()) return true;
  return Error{Code::kInvalidArgument,
               "?" + std::string(key) + "=" + *text + " is neither true nor false"};
}

}  // namespace credence::api
