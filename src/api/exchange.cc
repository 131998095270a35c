#include "api/exchange.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <random>

#include "base/contain.h"
#include "base/json_writer.h"
#include "base/random.h"
#include "base/time_text.h"

namespace credence::api {
namespace {

constexpr std::size_t kRequestIdMax = 64;
constexpr std::size_t kCountedMax = 256;
constexpr std::size_t kLoggedBytesMax = 1024;  // of a field that the client chose

// What a page may read of an answer's headers.
constexpr std::string_view kExposed =
    "\r\nAccess-Control-Expose-Headers: Credence-Confidence, Credence-Familiarity, "
    "Credence-Verdict, Retry-After, Server-Timing, X-Request-Id\r\n";

bool Printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < 0x7F && c != '"'; });
}

std::string_view Cut(std::string_view text) { return text.substr(0, kLoggedBytesMax); }

// With three digits after the point: integers cost a tenth of what formatting a double does.
void AppendMilliseconds(std::string& out, std::chrono::nanoseconds duration) {
  const auto microseconds = (duration.count() + 500) / 1000;
  char buffer[32];
  char* end = std::to_chars(buffer, buffer + sizeof buffer - 4, microseconds / 1000).ptr;
  *end++ = '.';
  for (auto unit = 100; unit > 0; unit /= 10) {
    *end++ = static_cast<char>('0' + microseconds / unit % 10);
  }
  out.append(buffer, end);
}

}  // namespace

void NoteAnswer(const predictor::Predictor& predictor, const predictor::Prediction& prediction,
                Exchange& exchange) {
  exchange.verdict = reliability::VerdictName(prediction.verdict);
  exchange.confidence = prediction.confidence;
  const auto index = static_cast<std::size_t>(prediction.label);
  if (predictor.takes_pictures() && index < predictor.labels().size()) {
    exchange.label = predictor.labels()[index];
  }
}

Finisher::Finisher(metrics::Metrics& metrics, AccessLog& log, const Clock& clock,
                   FinisherOptions options)
    : metrics_(metrics), log_(log), clock_(clock), options_(options) {
  std::random_device seed;
  next_id_ =
      (std::uint64_t{seed()} << 32) ^ seed() ^ (static_cast<std::uint64_t>(options.thread) << 56);
}

void Finisher::Begin(Exchange& exchange, const http::Request& request, http::Responder responder,
                     std::string_view route) {
  Start(exchange, request, route);
  exchange.responder.emplace(std::move(responder));
}

void Finisher::Start(Exchange& exchange, const http::Request& request, std::string_view route) {
  exchange.request = request;
  exchange.route = route;
  exchange.predictor = nullptr;
  exchange.verdict = exchange.label = {};
  exchange.confidence.reset();
  exchange.pictures = 0;
  exchange.phases = {};
  const auto sent = request.Header("x-request-id");
  if (sent && !sent->empty() && sent->size() <= kRequestIdMax && Printable(*sent)) {
    exchange.request_id = *sent;
  } else {
    constexpr char kHex[] = "0123456789abcdef";
    std::uint64_t id = Scramble(next_id_++);
    exchange.request_id.resize(16);
    for (char& c : exchange.request_id) {
      c = kHex[id & 15];
      id >>= 4;
    }
  }
}

void Finisher::Finish(Exchange& exchange, const http::Response& response) {
  const http::Response complete = Complete(exchange, response);
  http::Responder responder = *std::move(exchange.responder);
  exchange.responder.reset();
  responder.Send(complete);
}

void Finisher::Finish(Exchange& exchange, int status, std::string_view content_type,
                      std::string_view body, std::string_view extra_headers) {
  Finish(exchange,
         {.status = status, .content_type = content_type, .headers = extra_headers, .body = body});
}

http::Response Finisher::FinishEarly(const http::Request& head, std::string_view route,
                                     const http::Response& response) {
  Start(early_, head, route);
  return Complete(early_, response);
}

http::Response Finisher::Complete(Exchange& exchange, const http::Response& response) {
  WriteHeaders(exchange, response.headers);
  const std::chrono::nanoseconds whole = clock_.Now() - exchange.request.received;
  Counted& counted = CountedFor(exchange, response.status);
  metrics::Increment(*counted.requests);
  metrics::Observe(*counted.seconds, whole);
  counted.others.Count({exchange.pictures, whole, exchange.phases});
  if (IsLogged(exchange, response.status) &&
      Attempt([&] { Log(exchange, response.status, response.body.size(), whole); })) {
    log_.CountLost();
  }
  if (options_.sink != nullptr) {
    options_.sink->OnFinished({exchange, response.status, response.body.size(), whole});
  }
  http::Response complete = response;
  complete.headers = headers_;
  return complete;
}

bool Finisher::IsLogged(const Exchange& exchange, int status) const {
  if (!log_.enabled()) return false;
  return status >= 400 || exchange.route.empty() ||
         std::ranges::find(left_out_, exchange.route) == left_out_.end();
}

// Few combinations are live at once: a scan of a short list beats a hash of four keys.
Finisher::Counted& Finisher::CountedFor(const Exchange& exchange, int status) {
  const auto* predictor = exchange.predictor;
  const std::string_view name = predictor != nullptr ? predictor->name() : std::string_view();
  const std::int64_t version = predictor != nullptr ? predictor->version() : 0;
  const auto found = std::find_if(counted_.begin(), counted_.end(), [&](const Counted& c) {
    return c.status == status && c.version == version && c.route.data() == exchange.route.data() &&
           c.predictor == name;
  });
  if (found != counted_.end()) return *found;
  if (counted_.size() == kCountedMax) counted_.clear();
  const std::string route = exchange.route.empty() ? "none" : std::string(exchange.route);
  const std::string owned(name);
  return counted_.emplace_back(Counted{
      exchange.route, owned, version, status,
      &metrics_.Requests(route, owned, predictor != nullptr ? std::to_string(version) : "", status),
      &metrics_.RequestSeconds(route),
      predictor == nullptr
          ? OtherCounters()
          : OtherCounters(options_.names, exchange.route, *predictor, status, metrics_)});
}

void Finisher::WriteHeaders(const Exchange& exchange, std::string_view extra) {
  headers_.assign("X-Request-Id: ").append(exchange.request_id).append("\r\n");
  if (exchange.pictures > 0) {
    headers_.append("Server-Timing: ");
    for (std::size_t i = 0; i < metrics::kPhases; ++i) {
      headers_.append(i == 0 ? "" : ", ")
          .append(metrics::PhaseName(static_cast<metrics::Phase>(i)));
      headers_.append(";dur=");
      AppendMilliseconds(headers_, exchange.phases[i]);
    }
    headers_.append("\r\n");
  }
  if (const std::string_view page = exchange.request.page; !page.empty()) {
    headers_.append("Access-Control-Allow-Origin: ").append(page);
    headers_.append(kExposed);
    if (page != "*") headers_.append("Vary: Origin\r\n");
  }
  headers_.append(extra);
}

void Finisher::LogRefused(const http::Refused& refused) {
  if (!log_.enabled()) return;
  line_.clear();
  JsonWriter json(line_);
  json.BeginObject().Key("time").String(Rfc3339Milliseconds(clock_.Wall()));
  json.Key("client").String(refused.client);
  if (!refused.method.empty()) {
    json.Key("method").String(Cut(refused.method)).Key("path").String(Cut(refused.path));
  }
  json.Key("status").Number(refused.status).Key("refused").String(refused.code);
  json.Key("reason").String(refused.detail).EndObject();
  line_.push_back('\n');
  log_.Append(line_);
}

void Finisher::Log(const Exchange& exchange, int status, std::size_t bytes,
                   std::chrono::nanoseconds whole) {
  const auto wall = clock_.Wall().time_since_epoch();
  const auto second = std::chrono::duration_cast<std::chrono::seconds>(wall).count();
  if (second != wall_second_) {
    wall_second_ = second;
    std::tm utc{};
    const std::time_t time = second;
    gmtime_r(&time, &utc);
    char text[32];
    wall_text_.assign(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", &utc));
  }
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(wall).count() % 1000;
  const std::size_t dot = wall_text_.find('.') + 1;
  for (std::size_t i = 0, unit = 100; i < 3; ++i, unit /= 10) {
    wall_text_[dot + i] = static_cast<char>('0' + millis / static_cast<int>(unit) % 10);
  }
  line_.clear();
  const auto microseconds = [](std::chrono::nanoseconds t) { return (t.count() + 500) / 1000; };
  JsonWriter json(line_);
  json.BeginObject();
  json.Key("time").String(wall_text_);
  json.Key("request_id").String(exchange.request_id);
  if (const auto parent = exchange.request.Header("traceparent"))
    json.Key("traceparent").String(Cut(*parent));
  json.Key("client").String(exchange.request.client);
  if (!exchange.request.key_name.empty()) json.Key("key").String(exchange.request.key_name);
  json.Key("method").String(Cut(exchange.request.method));
  json.Key("path").String(Cut(exchange.request.path));
  json.Key("status").Number(status);
  json.Key("bytes_in").Number(exchange.request.body.size()).Key("bytes_out").Number(bytes);
  json.Key("duration_us").Number(microseconds(whole));
  if (exchange.predictor != nullptr) {
    json.Key("predictor").String(exchange.predictor->name());
    json.Key("version").Number(exchange.predictor->version());
  }
  if (exchange.pictures > 0) {
    json.Key("pictures").Number(exchange.pictures);
    if (!exchange.verdict.empty()) json.Key("verdict").String(exchange.verdict);
    if (!exchange.label.empty()) json.Key("label").String(Cut(exchange.label));
    if (exchange.confidence) json.Key("confidence").Number(*exchange.confidence);
    json.Key("phases_us").BeginObject();
    for (std::size_t i = 0; i < metrics::kPhases; ++i) {
      json.DynamicKey(metrics::PhaseName(static_cast<metrics::Phase>(i)))
          .Number(microseconds(exchange.phases[i]));
    }
    json.EndObject();
  }
  json.EndObject();
  line_.push_back('\n');
  log_.Append(line_);
}

}  // namespace credence::api
