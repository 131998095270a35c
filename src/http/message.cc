#include "http/message.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/check.h"
#include "http/server.h"

namespace credence::http {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A '%' that two hex digits do not follow stands for itself.
std::string PercentDecode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

// Takes the first key=value off `query`.
std::string_view TakePair(std::string_view& query) {
  const std::string_view pair = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(pair.size() + 1, query.size()));
  return pair;
}

}  // namespace

std::optional<std::string_view> Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoringCase(key, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::string> QueryKeys(std::string_view query) {
  std::vector<std::string> keys;
  while (!query.empty()) {
    const std::string_view pair = TakePair(query);
    if (!pair.empty()) keys.push_back(PercentDecode(pair.substr(0, pair.find('='))));
  }
  return keys;
}

std::optional<std::string> QueryValue(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    const std::string_view pair = TakePair(query);
    const std::string_view name = pair.substr(0, pair.find('='));
    if (PercentDecode(name) != key) continue;
    return PercentDecode(pair.substr(std::min(name.size() + 1, pair.size())));
  }
  return std::nullopt;
}

Responder::~Responder() {
  if (sink_ == nullptr) return;
  Sink& sink = *sink_;
  sink.Drop(std::move(sink_));
}

void Responder::Send(const Response& response) {
  CREDENCE_CHECK(sink_ != nullptr);
  const std::shared_ptr<Sink> sink = std::move(sink_);
  sink->Send(response);
}

}  // namespace credence::http
