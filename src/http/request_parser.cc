#include "http/request_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>

#include "base/ascii.h"

namespace credence::http {
namespace {

namespace beast = boost::beast;
using beast::http::field;

// The shortest rest of a chunked body is "0\r\n\r\n"; Beast asserts that it is never shown less.
constexpr std::size_t kChunkBytesMin = 5;

// What a request line holds besides its target, generously: an empty line, method, version.
constexpr std::size_t kRequestLineRest = 64;

bool IsLength(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The characters of a host and port (RFC 3986), without those that only a user name could hold.
constexpr std::array<bool, 256> kHostCharacters = [] {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "-._~!$&'()*+;=:[]%")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool IsHost(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kHostCharacters[static_cast<unsigned char>(c)]; });
}

// Whether the request line is there. Once a head has come in pieces, Beast parses nothing of it
// before its end, so it cannot tell. An empty line may stand in front.
bool LineDone(std::string_view bytes) { return bytes.find('\n', 2) != bytes.npos; }

// Whether the request line names a version of HTTP, such as HTTP/2.0, that is not spoken here.
bool NamesOtherVersion(std::string_view bytes) {
  const std::size_t method_end = bytes.find(' ');
  const std::size_t target_end = bytes.find(' ', method_end + 1);
  if (method_end == bytes.npos || target_end == bytes.npos) return false;
  const std::string_view version = bytes.substr(target_end + 1, 8);
  const auto digit = [&](std::size_t i) { return version[i] >= '0' && version[i] <= '9'; };
  return version.size() == 8 && version.starts_with("HTTP/") && digit(5) && version[6] == '.' &&
         digit(7) && version != "HTTP/1.0" && version != "HTTP/1.1";
}

std::string_view Describe(beast::error_code what) {
  using beast::http::error;
  if (what == error::bad_method) return "the method is malformed";
  if (what == error::bad_target) return "the target is malformed";
  if (what == error::bad_version) return "the request line does not end in HTTP/1.1 and CRLF";
  if (what == error::bad_line_ending) return "a line does not end in CRLF";
  if (what == error::bad_field) return "a header name is malformed or followed by a space";
  if (what == error::bad_value)
    return "a header value is malformed or its line does not end in CRLF";
  if (what == error::bad_content_length || what == error::multiple_content_length) {
    return "Content-Length is malformed, given twice or together with Transfer-Encoding";
  }
  if (what == error::bad_transfer_encoding) {
    return "Transfer-Encoding is given twice or together with Content-Length";
  }
  if (what == error::bad_chunk || what == error::bad_chunk_extension) return "a chunk is malformed";
  return "the request is malformed";
}

// What is known of one request. The next one reuses the storage.
struct State {
  std::size_t header_bytes_max = 0;
  std::size_t body_bytes_max = 0;
  RequestHead head;
  Refusal refusal;
  bool refused = false;
  std::size_t parsed = 0;      // bytes of the head that Beast has consumed
  std::string_view input;      // what Beast is being shown
  ByteBuffer* body = nullptr;  // where chunks go
  bool head_done = false;
  int hosts = 0;
  int content_lengths = 0;
  int transfer_encodings = 0;
};

void Refuse(State& state, int status, std::string_view code, std::string detail) {
  if (state.refused) return;
  state.refused = true;
  state.refusal = {status, code, std::move(detail)};
}

void RefuseBody(State& state, std::string_view actual) {
  Refuse(state, 413, "too_large",
         "the body is " + std::string(actual) + " bytes; the limit is " +
             std::to_string(state.body_bytes_max));
}

// "/path?query" or "http://host/path?query"; "*" for OPTIONS alone.
bool SplitTarget(std::string_view target, RequestHead& head) {
  if (target.find('#') != target.npos) return false;
  head.query = {};
  if (target == "*") {
    head.path = target;
    return head.method == "OPTIONS";
  }
  if (target.front() != '/') {
    const std::size_t authority = target.find("://");
    if (authority == target.npos) return false;
    const std::string_view scheme = target.substr(0, authority);
    if (!EqualsIgnoringCase(scheme, "http") && !EqualsIgnoringCase(scheme, "https")) return false;
    target.remove_prefix(authority + 3);
    const std::size_t path = std::min(target.find_first_of("/?"), target.size());
    if (path == 0 || !IsHost(target.substr(0, path))) return false;
    target.remove_prefix(path);
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  head.path = question == 0 ? "/" : target.substr(0, question);
  if (question < target.size()) head.query = target.substr(question + 1);
  return true;
}

class BeastParser final : public beast::http::basic_parser<true> {
 public:
  explicit BeastParser(State& request) : state_(request) {
    // Beast holds this limit against each call, not against their sum: ours does.
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
  }

 private:
  using Text = beast::string_view;
  using ErrorCode = beast::error_code;
  static std::string_view View(Text text) { return {text.data(), text.size()}; }
  // Any error stops Beast; what is told to the client stands in state_.refusal.
  void Stop(ErrorCode& error) {
    if (state_.refused) error = beast::http::error::bad_value;
  }

  void on_request_impl(beast::http::verb, Text method, Text target, int version,
                       ErrorCode& error) override {
    state_.head.method = View(method);
    state_.head.http_1_1 = version == 11;
    if (target.size() > kTargetBytesMax) {
      Refuse(state_, 414, "uri_too_long",
             "the target is " + std::to_string(target.size()) + " bytes; the limit is " +
                 std::to_string(kTargetBytesMax));
    } else if (!SplitTarget(View(target), state_.head)) {
      Refuse(state_, 400, "malformed_request", "the target is malformed");
    }
    Stop(error);
  }

  void on_field_impl(field name, Text name_text, Text value_text, ErrorCode& error) override {
    if (state_.head_done) return;  // a trailer
    const std::string_view value = View(value_text);
    // Beast unfolds headers, some into a buffer of its own.
    const char* const name_end = name_text.data() + name_text.size();
    const char* const input_end = state_.input.data() + state_.input.size();
    if (value.data() < name_end || value.data() > input_end ||
        std::find(name_end, value.data(), '\n') != value.data()) {
      Refuse(state_, 400, "malformed_request", "a header is folded over several lines");
    } else if (name == field::content_length) {
      CheckContentLength(value);
    } else if (name == field::transfer_encoding) {
      if (++state_.transfer_encodings > 1 || !EqualsIgnoringCase(value, "chunked")) {
        Refuse(state_, 400, "malformed_request",
               "Transfer-Encoding must be exactly \"chunked\", once");
      }
    } else if (name == field::host) {
      if (++state_.hosts > 1) Refuse(state_, 400, "malformed_request", "Host is given twice");
      if (!IsHost(value)) Refuse(state_, 400, "malformed_request", "Host is malformed");
    } else if (name == field::expect) {
      if (EqualsIgnoringCase(value, "100-continue")) {
        state_.head.expects_continue = true;
      } else {
        Refuse(state_, 417, "expectation_failed", "the only Expect that is met is 100-continue");
      }
    }
    Stop(error);
    if (!error) state_.head.headers.emplace_back(View(name_text), value);
  }

  void CheckContentLength(std::string_view value) {
    if (++state_.content_lengths > 1) {
      Refuse(state_, 400, "malformed_request", "Content-Length is given twice");
    } else if (!IsLength(value)) {
      Refuse(state_, 400, "malformed_request", "Content-Length is not a number of bytes");
    } else {
      std::from_chars(value.data(), value.data() + value.size(), state_.head.content_length);
    }
  }

  void on_header_impl(ErrorCode& error) override {
    RequestHead& head = state_.head;
    head.chunked = state_.transfer_encodings > 0;
    head.keep_alive = keep_alive();
    head.expects_continue = head.expects_continue && head.http_1_1;
    if (head.http_1_1 && state_.hosts == 0) {
      Refuse(state_, 400, "malformed_request", "Host is missing");
    } else if (head.chunked && state_.content_lengths > 0) {
      Refuse(state_, 400, "malformed_request", "Content-Length together with Transfer-Encoding");
    } else if (head.chunked && !head.http_1_1) {
      Refuse(state_, 400, "malformed_request", "Transfer-Encoding does not exist in HTTP/1.0");
    } else if (head.content_length > state_.body_bytes_max) {
      RefuseBody(state_, std::to_string(head.content_length));
    }
    Stop(error);
    state_.head_done = true;
  }

  void on_chunk_header_impl(std::uint64_t size, Text, ErrorCode& error) override {
    const std::size_t so_far = state_.body->size();
    if (size > state_.body_bytes_max - so_far) {
      RefuseBody(state_, "at least " + std::to_string(so_far) + " + " + std::to_string(size));
    }
    Stop(error);
  }

  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, ErrorCode& error) override {
    if (!state_.body->Append(View(bytes))) {
      Refuse(state_, 503, "resource_exhausted", "out of memory");
    }
    Stop(error);
    return bytes.size();
  }

  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(Text bytes, ErrorCode&) override { return bytes.size(); }
  void on_finish_impl(ErrorCode&) override {}

  State& state_;
};

}  // namespace

class RequestParser::Impl {
 public:
  State state;
  std::optional<BeastParser> beast;  // made anew, in place, for each request

  Progress Fail(beast::error_code error, std::string_view bytes) {
    if (error == beast::http::error::bad_version && NamesOtherVersion(bytes)) {
      Refuse(state, 505, "version_not_supported", "HTTP/1.1 and HTTP/1.0 are spoken here");
    }
    Refuse(state, 400, "malformed_request", std::string(Describe(error)));
    return Progress::kRefused;
  }

  Progress HeadTooLarge(std::string_view bytes) {
    if (LineDone(bytes)) {
      Refuse(
          state, 431, "header_too_large",
          "the header is over the limit of " + std::to_string(state.header_bytes_max) + " bytes");
    } else {
      Refuse(state, 414, "uri_too_long",
             "the request line is over the limit of " + std::to_string(kTargetBytesMax) + " bytes");
    }
    return Progress::kRefused;
  }
};

RequestParser::RequestParser(std::size_t header_bytes_max, std::size_t body_bytes_max)
    : impl_(std::make_unique<Impl>()) {
  impl_->state.header_bytes_max = header_bytes_max;
  impl_->state.body_bytes_max = body_bytes_max;
  Reset();
}

RequestParser::~RequestParser() = default;

void RequestParser::Reset() {
  State& state = impl_->state;
  std::vector<std::pair<std::string_view, std::string_view>> storage =
      std::move(state.head.headers);
  storage.clear();
  state.head = RequestHead{};
  state.head.headers = std::move(storage);
  state.refused = state.head_done = false;
  state.hosts = state.content_lengths = state.transfer_encodings = 0;
  state.parsed = 0;
  impl_->beast.emplace(state);
}

RequestParser::Progress RequestParser::ParseHead(std::string_view bytes) {
  State& state = impl_->state;
  // One empty line before a request is accepted, as RFC 9112 asks (2.2).
  if (state.parsed == 0 && bytes.starts_with("\r\n")) state.parsed = 2;
  if (state.parsed == 0 && bytes == "\r") return Progress::kNeedMore;
  state.input = bytes;
  const std::string_view rest = bytes.substr(state.parsed);
  beast::error_code error;
  state.parsed += impl_->beast->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
  if (error == beast::http::error::need_more) {
    const bool line_too_long =
        bytes.size() > kTargetBytesMax + kRequestLineRest && !LineDone(bytes);
    return line_too_long || bytes.size() >= state.header_bytes_max ? impl_->HeadTooLarge(bytes)
                                                                   : Progress::kNeedMore;
  }
  if (error) return impl_->Fail(error, bytes);
  if (state.parsed > state.header_bytes_max) return impl_->HeadTooLarge(bytes);
  return Progress::kDone;
}

const RequestHead& RequestParser::head() const { return impl_->state.head; }
std::size_t RequestParser::head_bytes() const { return impl_->state.parsed; }
const Refusal& RequestParser::refusal() const { return impl_->state.refusal; }

RequestParser::Progress RequestParser::ParseChunks(std::string_view bytes, ByteBuffer& body,
                                                   std::size_t& consumed) {
  consumed = 0;
  State& state = impl_->state;
  state.body = &body;
  impl_->beast->eager(true);
  while (bytes.size() - consumed >= kChunkBytesMin) {
    const std::string_view rest = bytes.substr(consumed);
    beast::error_code error;
    consumed += impl_->beast->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    if (error == beast::http::error::need_more) return Progress::kNeedMore;
    if (error) return impl_->Fail(error, {});
    if (impl_->beast->is_done()) return Progress::kDone;
  }
  return Progress::kNeedMore;
}

}  // namespace credence::http
