#include "load/plan.h"

#include <arpa/inet.h>

#include <charconv>
#include <iostream>
#include <optional>
#include <string_view>

#include <CLI/CLI.hpp>

namespace credence::bench {
namespace {

Error Invalid(std::string message) { return Error{Code::kInvalidArgument, std::move(message)}; }

template <class Number>
bool ParseNumber(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// Sets one key of a stream; false if the key or its value is not understood.
bool SetKey(std::string_view key, std::string_view value, StreamPlan& stream) {
  if (key == "rate") {
    return ParseNumber(value, stream.rate);
  }
  if (key == "connections") {
    return ParseNumber(value, stream.connections);
  }
  if (key == "start") {
    return ParseNumber(value, stream.start_s);
  }
  if (key == "duration") {
    return ParseNumber(value, stream.duration_s);
  }
  if (key == "count") {
    return ParseNumber(value, stream.count);
  }
  std::string* const text = key == "name"     ? &stream.name
                            : key == "method" ? &stream.method
                            : key == "path"   ? &stream.path
                            : key == "type"   ? &stream.content_type
                            : key == "header" ? &stream.header
                            : key == "body"   ? &stream.bodies.emplace_back()
                                              : nullptr;
  if (text == nullptr) {
    return false;
  }
  *text = value;
  return true;
}

std::optional<std::string> WhatIsWrong(const std::vector<StreamPlan>& streams) {
  int connections = 0;
  for (const StreamPlan& stream : streams) {
    connections += stream.connections;
    if (stream.connections < 1 || connections > kConnectionsMax) {
      return stream.name + ": connections must be 1 or more and at most " +
             std::to_string(kConnectionsMax) + " over all streams";
    }
    if (!(stream.rate >= 0 && stream.rate <= kRateMax)) {
      return stream.name + ": rate must be 0 .. 1000000, is " + std::to_string(stream.rate);
    }
    if (!(stream.start_s >= 0 && stream.duration_s > 0 &&
          stream.start_s + stream.duration_s <= kSecondsMax)) {
      return stream.name + ": start and duration must end within 3600 s";
    }
  }
  return std::nullopt;
}

}  // namespace

Result<sockaddr_in> ParseTarget(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  sockaddr_in target{};
  target.sin_family = AF_INET;
  std::uint16_t port = 0;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, text.substr(0, colon).c_str(), &target.sin_addr) != 1 ||
      !ParseNumber(std::string_view(text).substr(colon + 1), port) || port == 0) {
    return Invalid("target must look like 127.0.0.1:8080, is " + text);
  }
  target.sin_port = htons(port);
  if (ntohl(target.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET) {
    return Invalid("this tool loads servers on its own machine only (127.0.0.0/8), not " + text);
  }
  return target;
}

Result<StreamPlan> ParseStream(const std::string& text, const StreamPlan& defaults) {
  StreamPlan stream = defaults;
  bool own_bodies = false;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    const std::string_view key = part.substr(0, equals);
    if (key == "body" && !own_bodies) {
      stream.bodies.clear();
      own_bodies = true;
    }
    if (equals == part.npos || !SetKey(key, part.substr(equals + 1), stream)) {
      return Invalid("stream: cannot read '" + std::string(part) + "'");
    }
  }
  return stream;
}

std::variant<Plan, int> ParseCommandLine(int argc, char** argv) {
  Plan plan;
  StreamPlan defaults;
  std::string target = "127.0.0.1:8080";
  std::vector<std::string> streams;
  auto timeout_ms = plan.timeout.count();

  CLI::App app(
      "HTTP/1.1 load for a server on this machine; the report is JSON.\n"
      "Example: credence_load --body 7.png --content-type image/png --duration 5");
  app.add_option("--target", target, "ADDRESS:PORT, loopback only")->capture_default_str();
  app.add_option("--body", defaults.bodies, "file with a request's body; several are sent in turn");
  app.add_option("--content-type", defaults.content_type)->capture_default_str();
  app.add_option("--method", defaults.method)->capture_default_str();
  app.add_option("--path", defaults.path)->capture_default_str();
  app.add_option("--rate", defaults.rate, "requests a second (open loop); 0 = closed loop");
  app.add_option("--connections", defaults.connections)->capture_default_str();
  app.add_option("--duration", defaults.duration_s, "seconds")->capture_default_str();
  app.add_option("--count", defaults.count, "stop after so many requests; 0 = no limit");
  app.add_option("--stream", streams,
                 "a stream of its own, e.g. name=big,body=a.jpg,type=image/jpeg,rate=5,start=1,"
                 "duration=5,connections=4; the options above are its defaults");
  app.add_option("--timeout-ms", timeout_ms, "of one request")->check(CLI::Range(1, 600'000));
  app.add_option("--cpu", plan.cpu, "pin to this processor")->check(CLI::Range(0, 1023));
  app.add_option("--out", plan.out, "write the report there instead of standard output");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }

  const auto fail = [](const std::string& message) {
    std::cerr << "credence_load: " << message << '\n';
    return 2;
  };
  const Result<sockaddr_in> address = ParseTarget(target);
  if (!address) {
    return fail(address.error().message);
  }
  plan.target = *address;
  plan.timeout = std::chrono::milliseconds(timeout_ms);
  for (const std::string& text : streams) {
    Result<StreamPlan> stream = ParseStream(text, defaults);
    if (!stream) {
      return fail(stream.error().message);
    }
    plan.streams.push_back(*std::move(stream));
  }
  if (plan.streams.empty()) {
    plan.streams.push_back(defaults);
  }
  if (const std::optional<std::string> wrong = WhatIsWrong(plan.streams)) {
    return fail(*wrong);
  }
  return plan;
}

}  // namespace credence::bench
