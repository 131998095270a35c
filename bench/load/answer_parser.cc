#include "load/answer_parser.h"

#include <strings.h>

#include <charconv>
#include <optional>

namespace credence::bench {
namespace {

constexpr std::size_t kHeadBytesMax = 16 * 1024;
constexpr std::string_view kBlankLine = "\r\n\r\n";

bool EqualsNoCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  return text;
}

template <class Number>
std::optional<Number> Parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

void AnswerParser::Reset() {
  head_.clear();
  body_left_ = 0;
  status_ = 0;
  in_body_ = closes_ = started_ = false;
}

AnswerParser::State AnswerParser::Feed(std::string_view bytes) {
  started_ = started_ || !bytes.empty();
  if (!in_body_) {
    std::string_view text = bytes;
    if (!head_.empty()) {
      head_ += bytes;
      text = head_;
    }
    const std::size_t end = text.find(kBlankLine);
    if (end == text.npos) {
      if (head_.empty()) {
        head_ = bytes;
      }
      return text.size() > kHeadBytesMax ? State::kError : State::kMore;
    }
    if (!ReadHead(text.substr(0, end))) {
      return State::kError;
    }
    in_body_ = true;
    bytes = bytes.substr(bytes.size() - (text.size() - end - kBlankLine.size()));
  }
  if (bytes.size() > body_left_) {
    return State::kError;
  }
  body_left_ -= bytes.size();
  return body_left_ == 0 ? State::kDone : State::kMore;
}

// `head`: the status line and the header lines, without the blank line.
bool AnswerParser::ReadHead(std::string_view head) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (!head.starts_with(kVersion) || head.size() < kVersion.size() + 3) {
    return false;
  }
  const std::optional<int> status = Parse<int>(head.substr(kVersion.size(), 3));
  std::optional<std::size_t> length;
  for (std::size_t at = head.find("\r\n"); at != head.npos;) {
    const std::size_t next = head.find("\r\n", at + 2);
    const std::string_view line = head.substr(at + 2, next - at - 2);
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == line.npos) {
      return false;
    }
    if (EqualsNoCase(name, "content-length")) {
      length = Parse<std::size_t>(Trim(line.substr(colon + 1)));
    } else if (EqualsNoCase(name, "connection")) {
      closes_ = EqualsNoCase(Trim(line.substr(colon + 1)), "close");
    }
    at = next;
  }
  if (!status || !length) {
    return false;
  }
  status_ = *status;
  body_left_ = *length;
  return true;
}

}  // namespace credence::bench
