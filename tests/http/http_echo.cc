// Serves a handler that shows what the transport made of a request; for the tests and for measuring
// the transport alone. Prints its ports as a line of JSON, refusals as lines on standard error.
//
//   /echo            the body, as it came
//   /show            method, path, query, headers, body length and the listener's role as JSON
//   /batch           answered at the end of the turn: how many were put together in it
//   /later?ms=N      answered from another thread after N ms
//   /drop            dropped on another thread without an answer
//   /throw?what=W    throws: W 0 std::bad_alloc, 1 std::runtime_error, 2 an int
//   /big?bytes=N     N bytes
//   /empty           204
//   /asset           100 KB that never change, with ETag and a gzip twin
//   /early/…         503 as soon as the head is there, whatever follows
// SIGTERM drains: exit status 0 if every accepted request was answered, else 1.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/json_writer.h"
#include "http/asset.h"
#include "http/problem.h"
#include "http/server.h"

namespace {

using credence::http::IoThread;
using credence::http::Request;
using credence::http::Responder;
using credence::http::Response;

class Echo final : public credence::http::Handler {
 public:
  explicit Echo(IoThread& thread)
      : thread_(thread), text_(Lines()), asset_(text_, {.content_type = "text/plain"}) {}

  std::optional<Response> OnHead(Request& head) override {
    if (head.path == "*") {
      return Response{.status = 204,
                      .content_type = {},
                      .headers = "Allow: GET, HEAD, POST, OPTIONS\r\n",
                      .body = {}};
    }
    if (!head.path.starts_with("/early/")) return std::nullopt;
    early_.clear();
    credence::http::WriteProblem({credence::Code::kResourceExhausted, "no room"}, early_);
    return Response{.status = 503,
                    .content_type = credence::http::kProblemType,
                    .headers = "X-Test: early\r\n",
                    .body = early_};
  }

  void Handle(const Request& request, Responder responder) override {
    if (request.path == "/echo") {
      const char* const body = reinterpret_cast<const char*>(request.body.data());
      Answer(responder, "application/octet-stream", {body, request.body.size()});
    } else if (request.path == "/show") {
      Show(request, responder);
    } else if (request.path == "/batch") {
      batch_.push_back(std::move(responder));
    } else if (request.path == "/later") {
      Later(Number(request, "ms"), std::move(responder));
    } else if (request.path == "/drop") {
      workers_.emplace_back([dropped = std::move(responder)] {});
    } else if (request.path == "/throw") {
      Throw(Number(request, "what"));
    } else if (request.path == "/big") {
      Answer(responder, "text/plain",
             std::string(static_cast<std::size_t>(Number(request, "bytes")), 'x'));
    } else if (request.path == "/empty") {
      responder.Send({.status = 204, .content_type = {}, .headers = {}, .body = {}});
    } else if (request.path == "/asset") {
      responder.Send(asset_.Answer(request));
    } else {
      std::string body;
      credence::http::WriteProblem({credence::Code::kNotFound, "no such path"}, body);
      responder.Send({.status = 404,
                      .content_type = credence::http::kProblemType,
                      .headers = {},
                      .body = body});
    }
  }

  void TurnEnd() override {
    std::vector<Responder> batch;
    batch.swap(batch_);
    const std::string body = std::to_string(batch.size());
    for (Responder& responder : batch) Answer(responder, "text/plain", body);
  }

  void OnRefused(const credence::http::Refused& refused) override {
    std::string line;
    credence::JsonWriter json(line);
    json.BeginObject().Key("refused").Number(refused.status).Key("code").String(refused.code);
    json.Key("detail").String(refused.detail).Key("client").String(refused.client);
    json.Key("method").String(refused.method).Key("path").String(refused.path).EndObject();
    std::fprintf(stderr, "%s\n", line.c_str());
  }

 private:
  static void Answer(Responder& responder, std::string_view type, std::string_view body) {
    responder.Send({.status = 200, .content_type = type, .headers = "X-Test: 1\r\n", .body = body});
  }

  [[noreturn]] static void Throw(int what) {
    if (what == 0) throw std::bad_alloc();
    if (what == 1) throw std::runtime_error("broken");
    throw what;
  }

  static std::string Lines() {
    std::string text;
    for (int i = 0; text.size() < 100'000; ++i) text.append(std::to_string(i)).append("\n");
    return text;
  }

  static int Number(const Request& request, std::string_view key) {
    return std::atoi(credence::http::QueryValue(request.query, key).value_or("0").c_str());
  }

  static void Show(const Request& request, Responder& responder) {
    std::string body;
    credence::JsonWriter json(body);
    json.BeginObject().Key("method").String(request.method).Key("path").String(request.path);
    json.Key("query").String(request.query).Key("client").String(request.client);
    json.Key("admin").Bool(request.role == credence::http::Role::kAdmin);
    json.Key("body_bytes").Number(request.body.size()).Key("headers").BeginArray();
    for (const auto& [name, value] : request.headers) {
      json.BeginArray().String(name).String(value).EndArray();
    }
    json.EndArray().EndObject();
    Answer(responder, "application/json", body);
  }

  void Later(int milliseconds, Responder responder) {
    auto shared = std::make_shared<Responder>(std::move(responder));
    workers_.emplace_back([this, milliseconds, shared = std::move(shared)]() mutable {
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      thread_.Post([shared = std::move(shared)] { Answer(*shared, "text/plain", "later"); });
    });
  }

  IoThread& thread_;
  const std::string text_;
  const credence::http::Asset asset_;
  std::string early_;
  std::vector<Responder> batch_;
  std::vector<std::jthread> workers_;
};

// Null without a certificate; ends the process when it cannot be used.
std::shared_ptr<credence::security::TlsCredentials> LoadTls(
    const credence::security::TlsFiles& files) {
  if (files.certificate.empty()) return nullptr;
  auto loaded = credence::security::TlsCredentials::Load(files);
  if (loaded) return *std::move(loaded);
  std::fprintf(stderr, "%s\n", loaded.error().message.c_str());
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  credence::http::ServerOptions options;
  std::string address = "127.0.0.1";
  std::vector<int> ports = {0}, admin_ports;
  int header_ms = 10'000, body_ms = 30'000, idle_ms = 75'000, write_ms = 30'000, drain_ms = 10'000;
  credence::security::TlsFiles tls;
  CLI::App app("echo server for tests");
  app.add_option("--address", address);
  app.add_option("--port", ports);
  app.add_option("--admin-port", admin_ports);
  app.add_option("--threads", options.threads);
  app.add_option("--connections-max", options.connections_max);
  app.add_option("--header-bytes-max", options.header_bytes_max);
  app.add_option("--body-bytes-max", options.body_bytes_max);
  app.add_option("--body-rate-min", options.body_rate_min);
  app.add_option("--header-ms", header_ms);
  app.add_option("--body-ms", body_ms);
  app.add_option("--idle-ms", idle_ms);
  app.add_option("--write-ms", write_ms);
  app.add_option("--drain-ms", drain_ms);
  app.add_option("--tls-cert", tls.certificate);
  app.add_option("--tls-key", tls.key);
  app.add_option("--tls-client-ca", tls.client_ca);
  CLI11_PARSE(app, argc, argv);
  using credence::http::Role;
  using std::chrono::milliseconds;
  options.listeners.clear();
  const auto credentials = LoadTls(tls);
  for (const int port : ports) {
    options.listeners.push_back({address, port, Role::kPublic, credentials});
  }
  for (const int port : admin_ports) options.listeners.push_back({address, port, Role::kAdmin});
  options.header_deadline = milliseconds(header_ms);
  options.body_deadline = milliseconds(body_ms);
  options.idle_deadline = milliseconds(idle_ms);
  options.write_deadline = milliseconds(write_ms);

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // inherited by the I/O threads
  std::signal(SIGPIPE, SIG_IGN);

  const credence::SystemClock clock;
  auto server = credence::http::Server::Listen(options, clock);
  if (!server) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  (*server)->Start([](IoThread& thread) { return std::make_unique<Echo>(thread); });
  std::string bound;
  for (const int port : (*server)->ports())
    bound += (bound.empty() ? "" : ", ") + std::to_string(port);
  std::printf("{\"ports\": [%s]}\n", bound.c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  const bool all = (*server)->Drain(milliseconds(drain_ms));
  const credence::http::ServerStats stats = (*server)->stats();
  std::printf("{\"answered_all\": %s, \"connections_open\": %lld, \"in_flight\": %lld}\n",
              all ? "true" : "false", static_cast<long long>(stats.connections_open),
              static_cast<long long>(stats.requests_in_flight));
  return all ? 0 : 1;
}
