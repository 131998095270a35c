#include "load/generator.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

namespace credence::bench {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kTick = kSecond / 10;    // time-outs are looked for so often
constexpr std::int64_t kRetry = kSecond / 100;  // closed loop: pause after a failure
constexpr int kEventsMax = 256;

Result<std::string> ReadBody(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return Error{Code::kNotFound, "cannot read the body " + file};
  }
  std::string body{std::istreambuf_iterator<char>(in), {}};
  if (body.size() > kBodyBytesMax) {
    return Error{Code::kTooLarge, file + " has " + std::to_string(body.size()) +
                                      " bytes; the limit is " + std::to_string(kBodyBytesMax)};
  }
  return body;
}

std::string MakeRequest(const StreamPlan& plan, const std::string& body) {
  std::string request = plan.method + " " + plan.path + " HTTP/1.1\r\nHost: localhost\r\n";
  if (plan.method != "GET") {
    request += "Content-Type: " + plan.content_type +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  if (!plan.header.empty()) request += plan.header + "\r\n";
  return request + "\r\n" + body;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

Result<std::unique_ptr<Generator>> Generator::Create(const Plan& plan) {
  std::unique_ptr<Generator> generator(new Generator(plan));
  generator->epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (generator->epoll_ < 0) {
    return Error{Code::kInternal, "cannot make an epoll set"};
  }
  for (const StreamPlan& stream_plan : plan.streams) {
    auto stream = std::make_unique<Stream>();
    stream->plan = stream_plan;
    for (const std::string& file : stream_plan.bodies) {
      Result<std::string> body = ReadBody(file);
      if (!body) {
        return body.error();
      }
      stream->requests.push_back(MakeRequest(stream_plan, *body));
    }
    if (stream->requests.empty()) {
      stream->requests.push_back(MakeRequest(stream_plan, ""));
    }
    for (int i = 0; i < stream_plan.connections; ++i) {
      stream->connections.push_back(std::make_unique<Connection>());
      stream->connections.back()->stream = generator->streams_.size();
      stream->idle.push_back(stream->connections.back().get());
    }
    stream->start_ns = std::llround(stream_plan.start_s * kSecond);
    stream->end_ns = stream->start_ns + std::llround(stream_plan.duration_s * kSecond);
    stream->total =
        stream_plan.count > 0 ? stream_plan.count : std::numeric_limits<std::uint64_t>::max();
    if (stream->open_loop()) {
      const double due = std::ceil(stream_plan.rate * stream_plan.duration_s);
      stream->total = std::min(stream->total, static_cast<std::uint64_t>(due));
    }
    generator->streams_.push_back(std::move(stream));
  }
  return generator;
}

Generator::~Generator() {
  if (epoll_ >= 0) {
    close(epoll_);
  }
}

std::int64_t Generator::Stream::DueNs(std::uint64_t k) const {
  return start_ns + std::llround(static_cast<double>(k) * kSecond / plan.rate);
}

std::int64_t Generator::NowNs() const {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1) -
         origin_ns_;
}

bool Generator::Busy() const {
  return std::any_of(streams_.begin(), streams_.end(),
                     [](const auto& stream) { return !stream->over || stream->busy(); });
}

void Generator::Run() {
  const std::int64_t timeout_ns = plan_.timeout / std::chrono::nanoseconds(1);
  std::int64_t last_end_ns = 0;
  for (const auto& stream : streams_) {
    last_end_ns = std::max(last_end_ns, stream->end_ns);
  }
  origin_ns_ = NowNs();
  std::int64_t tick_ns = kTick;
  while (Busy()) {
    const std::int64_t now_ns = NowNs();
    if (now_ns >= tick_ns) {
      Sweep(now_ns, timeout_ns, Failure::kTimeout);
      tick_ns = now_ns + kTick;
    }
    if (now_ns > last_end_ns + timeout_ns) {
      Sweep(now_ns, 0, Failure::kCut);
    }
    std::int64_t until_ns = tick_ns;
    for (const auto& stream : streams_) {
      until_ns = std::min(until_ns, Pump(*stream, now_ns));
    }
    Wait(until_ns);
  }
  elapsed_ns_ = NowNs();
}

std::int64_t Generator::Pump(Stream& stream, std::int64_t now_ns) {
  if (stream.over || now_ns < stream.start_ns) {
    return stream.over ? std::numeric_limits<std::int64_t>::max() : stream.start_ns;
  }
  std::int64_t look_again_ns = stream.end_ns;
  while (now_ns < stream.end_ns && stream.next < stream.total && !stream.idle.empty()) {
    Connection& connection = *stream.idle.front();
    const std::int64_t ready_ns =
        stream.open_loop() ? stream.DueNs(stream.next) : connection.retry_ns;
    if (ready_ns > now_ns) {
      look_again_ns = std::min(look_again_ns, ready_ns);
      break;
    }
    stream.idle.pop_front();
    if (connection.open() && connection.GoneWhileIdle()) {
      connection.Close();
      stream.tally.IdleClosed();
    }
    Start(stream, connection, now_ns);
  }
  if (now_ns >= stream.end_ns || stream.next >= stream.total) {
    End(stream);
  }
  return look_again_ns;
}

void Generator::End(Stream& stream) {
  stream.over = true;
  if (stream.open_loop()) {
    stream.tally.NotSent(stream.total - stream.next);
  }
  for (Connection* connection : stream.idle) {
    connection->Close();
  }
}

void Generator::Start(Stream& stream, Connection& connection, std::int64_t now_ns) {
  connection.sent_ns = now_ns;
  connection.intended_ns = now_ns;
  if (stream.open_loop()) {
    connection.intended_ns = stream.DueNs(stream.next);
    stream.tally.StartedLate(now_ns - connection.intended_ns);
  }
  const std::string& request = stream.requests[stream.next % stream.requests.size()];
  stream.next += 1;
  stream.tally.Sent();
  Settle(stream, connection, connection.Begin(request, plan_.target, epoll_), now_ns);
}

// Counts what a step led to. In a closed loop an answered connection sends at once again.
void Generator::Settle(Stream& stream, Connection& connection, const Outcome& outcome,
                       std::int64_t now_ns) {
  switch (outcome.kind) {
    case Outcome::Kind::kPending:
      return;
    case Outcome::Kind::kIdleClosed:
      stream.tally.IdleClosed();
      return;
    case Outcome::Kind::kFailed:
      stream.tally.Failed(outcome.failure, now_ns);
      connection.retry_ns = now_ns + kRetry;
      stream.idle.push_back(&connection);
      return;
    case Outcome::Kind::kAnswered:
      stream.tally.Answered(outcome.status, now_ns - connection.intended_ns, now_ns);
      if (stream.over) {
        connection.Close();
      } else if (!stream.open_loop() && now_ns < stream.end_ns && stream.next < stream.total) {
        Start(stream, connection, now_ns);
        return;
      }
      connection.retry_ns = now_ns;
      stream.idle.push_back(&connection);
      return;
  }
}

void Generator::Wait(std::int64_t until_ns) {
  std::array<epoll_event, kEventsMax> events;
  const std::int64_t left_ns = std::max<std::int64_t>(0, until_ns - NowNs());
  const timespec timeout{.tv_sec = left_ns / kSecond, .tv_nsec = left_ns % kSecond};
  const int n = epoll_pwait2(epoll_, events.data(), kEventsMax, &timeout, nullptr);
  for (int i = 0; i < n; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    Stream& stream = *streams_[connection.stream];
    const Outcome outcome = connection.Continue(event.events, buffer_);
    Settle(stream, connection, outcome, NowNs());
  }
}

void Generator::Sweep(std::int64_t now_ns, std::int64_t timeout_ns, Failure failure) {
  for (const auto& stream : streams_) {
    for (const auto& connection : stream->connections) {
      if (connection->busy() && connection->sent_ns + timeout_ns <= now_ns) {
        connection->Close();
        Settle(*stream, *connection, {.kind = Outcome::Kind::kFailed, .failure = failure}, now_ns);
      }
    }
  }
}

std::string Generator::Report() {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("elapsed_s").Number(static_cast<double>(elapsed_ns_) / kSecond);
  json.Key("cpu_s").Number(CpuSeconds()).Key("streams").BeginArray();
  for (const auto& stream : streams_) {
    json.BeginObject().Key("name").String(stream->plan.name);
    json.Key("rate").Number(stream->plan.rate).Key("connections").Number(stream->plan.connections);
    stream->tally.Write(json);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return out + "\n";
}

}  // namespace credence::bench
