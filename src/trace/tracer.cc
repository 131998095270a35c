#include "trace/tracer.h"

#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/contain.h"
#include "base/random.h"

namespace credence::trace {
namespace {

constexpr std::size_t kTextBytesMax = 256;  // of an attribute that the client chose

std::uint64_t RandomSeed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) ^ device();
}

// An id must not be all zero.
void Fill(std::span<std::uint8_t> bytes, std::uint64_t value) {
  if (value == 0) value = 1;
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

void AddText(Span& span, const char* key, std::string_view value) {
  span.attributes.emplace_back(key, std::string(value.substr(0, kTextBytesMax)));
}

template <class Number>
void AddNumber(Span& span, const char* key, Number value) {
  span.attributes.emplace_back(key, static_cast<std::int64_t>(value));
}

void Describe(const api::Finished& finished, Span& span) {
  const api::Exchange& exchange = finished.exchange;
  AddText(span, "http.request.method", exchange.request.method);
  if (!exchange.route.empty()) AddText(span, "http.route", exchange.route);
  AddText(span, "url.path", exchange.request.path);
  AddNumber(span, "http.response.status_code", finished.status);
  AddNumber(span, "http.request.body.size", exchange.request.body.size());
  AddNumber(span, "http.response.body.size", finished.bytes_out);
  AddText(span, "credence.request_id", exchange.request_id);
  if (exchange.predictor != nullptr) {
    AddText(span, "credence.predictor", exchange.predictor->name());
    AddNumber(span, "credence.version", exchange.predictor->version());
  }
  if (exchange.pictures == 0) return;
  AddNumber(span, "credence.pictures", exchange.pictures);
  if (!exchange.verdict.empty()) AddText(span, "credence.verdict", exchange.verdict);
  for (std::size_t i = 0; i < metrics::kPhases; ++i) {
    const auto name = metrics::PhaseName(static_cast<metrics::Phase>(i));
    span.attributes.emplace_back("credence.phase." + std::string(name) + "_us",
                                 (exchange.phases[i].count() + 500) / 1000);
  }
}

}  // namespace

Tracer::Tracer(TracerOptions options, metrics::Metrics& metrics, const Clock& clock, Log& log)
    : share_(options.share),
      clock_(clock),
      seed_(RandomSeed()),
      exporter_(std::move(options.exporter), metrics, clock, log) {}

void Tracer::OnFinished(const api::Finished& finished) noexcept {
  const auto header = finished.exchange.request.Header("traceparent");
  const std::optional<Parent> parent = header ? ParseTraceparent(*header) : std::nullopt;
  const std::uint64_t number =
      Scramble(seed_ + kSplitMixStep * next_.fetch_add(1, std::memory_order_relaxed));
  const bool wanted =
      parent ? parent->sampled : static_cast<double>(number >> 11) * 0x1p-53 < share_;
  if (!wanted || !exporter_.HasRoom()) return;
  if (Attempt([&] { exporter_.Put(MakeSpan(finished, parent, number)); })) exporter_.GiveUp();
}

// `number` is another one each time, and so is what Scramble makes of it.
std::unique_ptr<Span> Tracer::MakeSpan(const api::Finished& finished,
                                       const std::optional<Parent>& parent,
                                       std::uint64_t number) const {
  auto span = std::make_unique<Span>();
  if (parent) {
    span->trace = parent->trace;
    span->parent = parent->span;
  } else {
    Fill(std::span(span->trace).first(8), Scramble(number + 1));
    Fill(std::span(span->trace).last(8), Scramble(number ^ seed_));
  }
  Fill(span->id, Scramble(number));
  const api::Exchange& exchange = finished.exchange;
  span->name = exchange.request.method;
  if (!exchange.route.empty()) span->name.append(" ").append(exchange.route);
  span->start = clock_.Wall() - std::chrono::duration_cast<WallTime::duration>(finished.took);
  span->took = finished.took;
  span->failed = finished.status >= 500;
  Describe(finished, *span);
  return span;
}

}  // namespace credence::trace
