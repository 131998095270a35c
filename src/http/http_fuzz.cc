// Feeds bytes to RequestParser, whole and in pieces, and what it accepts to Router. Checks that
// views lie within the input, that limits hold, and that the result does not depend on how it was
// cut.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/message.h"
#include "http/request_parser.h"
#include "http/router.h"

namespace {

using credence::http::ByteBuffer;
using credence::http::RequestHead;
using credence::http::RequestParser;
using Progress = RequestParser::Progress;

constexpr std::size_t kHeaderBytesMax = 1024;
constexpr std::size_t kBodyBytesMax = 4096;

struct Outcome {
  Progress progress = Progress::kNeedMore;
  std::string text;  // of what was accepted
  std::size_t consumed = 0;
};

void CheckWithin(std::string_view view, std::string_view input) {
  if (view.empty() || view == "/") return;
  CREDENCE_CHECK(view.data() >= input.data());
  CREDENCE_CHECK(view.data() + view.size() <= input.data() + input.size());
}

void CheckRoute(const RequestHead& head) {
  static const credence::http::Router router(
      {{"GET", "/", 0}, {"GET", "/{a}", 1}, {"POST", "/a/{b}:c", 2}, {"GET", "/a/{rest...}", 3}});
  const credence::http::RouteMatch match = router.Match(head.method, head.path);
  std::string storage;
  for (const std::string_view parameter : match.parameters) {
    CheckWithin(parameter, head.path);
    const auto decoded = credence::http::DecodeParameter(parameter, storage);
    CREDENCE_CHECK(!decoded ||
                   (decoded->size() <= parameter.size() && decoded->find('\0') == decoded->npos));
  }
}

void Describe(const RequestHead& head, std::string_view input, std::string& text) {
  for (const std::string_view view : {head.method, head.path, head.query}) {
    CheckWithin(view, input);
    text.append(view).push_back('\n');
  }
  for (const auto& [name, value] : head.headers) {
    CheckWithin(name, input);
    CheckWithin(value, input);
    CREDENCE_CHECK(value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos);
    text.append(name).append("=").append(value).push_back('\n');
  }
  text += std::to_string(head.content_length);
  CREDENCE_CHECK(head.content_length <= kBodyBytesMax);
  CREDENCE_CHECK(!head.chunked || head.content_length == 0);
  static_cast<void>(credence::http::QueryValue(head.query, "view"));
  CheckRoute(head);
}

Outcome Parse(std::string_view input, std::size_t step) {
  RequestParser parser(kHeaderBytesMax, kBodyBytesMax);
  Outcome outcome;
  std::size_t shown = 0;
  while (outcome.progress == Progress::kNeedMore && shown < input.size()) {
    shown = std::min(input.size(), shown + step);
    outcome.progress = parser.ParseHead(input.substr(0, shown));
  }
  if (outcome.progress != Progress::kDone) return outcome;
  Describe(parser.head(), input, outcome.text);
  outcome.consumed = parser.head_bytes();
  CREDENCE_CHECK(outcome.consumed <= kHeaderBytesMax);
  if (!parser.head().chunked) return outcome;

  ByteBuffer body;
  outcome.progress = Progress::kNeedMore;
  shown = outcome.consumed;
  while (outcome.progress == Progress::kNeedMore && shown < input.size()) {
    shown = std::min(input.size(), shown + step);
    std::size_t consumed = 0;
    outcome.progress = parser.ParseChunks(input.substr(outcome.consumed, shown - outcome.consumed),
                                          body, consumed);
    outcome.consumed += consumed;
    CREDENCE_CHECK(outcome.consumed <= shown);
  }
  CREDENCE_CHECK(body.size() <= kBodyBytesMax);
  if (body.size() > 0) outcome.text.append(body.data(), body.size());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = Parse(input, input.size() + 1);
  const Outcome pieces = Parse(input, 1 + data[0] % 16);
  CREDENCE_CHECK((whole.progress == Progress::kDone) == (pieces.progress == Progress::kDone));
  if (whole.progress == Progress::kDone) {
    CREDENCE_CHECK(whole.text == pieces.text);
    CREDENCE_CHECK(whole.consumed == pieces.consumed);
  }
  return 0;
}
