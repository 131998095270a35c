#include "http/asset.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/ascii.h"
#include "base/check.h"
#include "base/sha256.h"

namespace credence::http {
namespace {

constexpr std::size_t kEtagDigits = 24;
constexpr int kGzipWindowBits = 15 + 16;  // zlib: + 16 asks for gzip's framing
constexpr int kMemoryLevel = 8;           // zlib's default

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Takes the first element off a list with commas.
std::string_view TakeElement(std::string_view& list) {
  const std::string_view element = list.substr(0, list.find(','));
  list.remove_prefix(std::min(element.size() + 1, list.size()));
  return Trimmed(element);
}

// Whether the parameters of a coding say "q=0", "q=0.0", …: not acceptable.
bool IsForbidden(std::string_view parameters) {
  const std::size_t q = parameters.find_first_of("qQ");
  if (q == parameters.npos) return false;
  const std::string_view value = Trimmed(parameters.substr(q + 1));
  return value.starts_with("=0") && value.find_first_of("123456789") == value.npos;
}

std::string Compressed(std::string_view body) {
  z_stream stream{};
  CREDENCE_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindowBits,
                              kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(body.size())), '\0');
  // zlib does not write to its input; its type is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CREDENCE_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

Asset::Asset(std::string_view body, AssetOptions options)
    : options_(options), compressed_(Compressed(body)) {
  const bool smaller = compressed_.size() < body.size();
  if (smaller) gzip_.body = compressed_;
  plain_ = MakeForm(body, "");
  if (smaller) gzip_ = MakeForm(compressed_, "-gzip");
}

Asset::Form Asset::MakeForm(std::string_view body, std::string_view suffix) const {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(body.data());
  Form form{.body = body, .etag = "\"", .headers = {}};
  form.etag.append(ToHex(Sha256Of({bytes, body.size()})), 0, kEtagDigits).append(suffix);
  form.etag.push_back('"');
  form.headers.append("ETag: ").append(form.etag);
  form.headers.append("\r\nCache-Control: ").append(options_.cache_control).append("\r\n");
  form.headers.append(options_.headers);
  if (!gzip_.body.empty()) form.headers.append("Vary: Accept-Encoding\r\n");
  if (!suffix.empty()) form.headers.append("Content-Encoding: gzip\r\n");
  return form;
}

Response Asset::Answer(const Request& request) const {
  const auto accepts = request.Header("accept-encoding");
  const Form& form = !gzip_.body.empty() && accepts && AcceptsGzip(*accepts) ? gzip_ : plain_;
  const auto has = request.Header("if-none-match");
  if (has && NamesEtag(*has, form.etag)) {
    return {.status = 304, .content_type = {}, .headers = form.headers, .body = {}};
  }
  return {.content_type = options_.content_type,
          .headers = form.headers,
          .body = form.body,
          .lasts = true};
}

bool AcceptsGzip(std::string_view accept_encoding) {
  bool any = false;
  while (!accept_encoding.empty()) {
    const std::string_view element = TakeElement(accept_encoding);
    const std::size_t semicolon = std::min(element.find(';'), element.size());
    const std::string_view coding = Trimmed(element.substr(0, semicolon));
    const bool allowed = !IsForbidden(element.substr(semicolon));
    if (EqualsIgnoringCase(coding, "gzip") || EqualsIgnoringCase(coding, "x-gzip")) return allowed;
    if (coding == "*") any = allowed;
  }
  return any;
}

bool NamesEtag(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    std::string_view tag = TakeElement(if_none_match);
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
  }
  return false;
}

}  // namespace credence::http
