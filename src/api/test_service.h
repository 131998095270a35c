// A Service for unit tests, without a transport.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/live/live.h"
#include "api/page/page.h"
#include "api/service.h"
#include "model/fake/fake_model.h"
#include "predictor/load.h"
#include "serving/lifecycle.h"

namespace credence::api {

// Keeps what was sent.
class FakeSink final : public http::Responder::Sink, public http::IoThread {
 public:
  FakeSink() {  // so that an answer needs no memory of this
    headers.reserve(4096);
    body.reserve(1 << 18);
  }
  void Send(const http::Response& response) override {
    status = response.status;
    headers = response.headers;
    body = response.body;
  }
  http::IoThread& thread() override { return *this; }
  int index() const override { return 0; }
  void Post(std::function<void()> task) override { task(); }
  void Wake() noexcept override {}
  void Drop(std::shared_ptr<Sink>) noexcept override { status = 500; }

  int status = 0;
  std::string headers, body;
};

// A service with one predictor, "digits", whose model is a fake, on one thread.
class ServiceTest : public testing::Test {
 protected:
  explicit ServiceTest(Control* control = nullptr) : control_(control) {
    predictor::LoadOptions options;
    options.lanes = execution_.lanes;
    lifecycle_.Publish(
        *predictor::Assemble({.name = "digits"}, model::MakeFake({}), {}, options, clock_));
  }

  // Sends one request, as the transport does, and runs the turn to its end.
  const FakeSink& Send(std::string_view method, std::string_view target, std::string body = "",
                       std::vector<std::pair<std::string_view, std::string_view>> headers = {},
                       http::Role role = http::Role::kPublic) {
    sink_->status = 0;
    const std::size_t size = body.size();
    body.append(http::kBodyPadding, '\0');
    http::Request request{};
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (target.find('?') != target.npos) request.query = target.substr(target.find('?') + 1);
    request.headers = headers;
    request.content_length = size;
    request.client = "127.0.0.1:40312";
    request.role = role;
    request.received = clock_.Now();
    if (const auto refused = service_.OnHead(request)) {
      sink_->Send(*refused);
      return *sink_;
    }
    request.body = {reinterpret_cast<const std::uint8_t*>(body.data()), size};
    service_.Handle(request, http::Responder(sink_));
    while (sink_->status == 0) service_.TurnEnd();
    return *sink_;
  }

  // "GET /livez", …: the endpoints of that role, and what /openapi.json says of them.
  std::set<std::string> Served(http::Role role) const {
    std::set<std::string> names;
    for (const Endpoint& endpoint : service_.endpoints()) {
      if (endpoint.role != role) continue;
      names.insert(std::string(endpoint.method) + " " + std::string(endpoint.pattern));
    }
    return names;
  }
  std::set<std::string> Described(http::Role role) {
    std::set<std::string> names;
    const auto document = nlohmann::json::parse(Send("GET", "/openapi.json").body);
    for (const auto& [path, operations] : document["paths"].items()) {
      for (const auto& [method, operation] : operations.items()) {
        const bool admin = operation.value("tags", nlohmann::json::array()).dump() == "[\"admin\"]";
        if (admin != (role == http::Role::kAdmin)) continue;
        std::string upper = method;
        for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
        names.insert(upper + " " + path);
      }
    }
    return names;
  }

  Control* const control_;
  SystemClock clock_;
  Log log_{LogFormat::kText, LogLevel::kError};
  metrics::Metrics metrics_{"test", "fake"};
  std::unique_ptr<AccessLog> access_log_ = *AccessLog::Open("off");
  std::unique_ptr<model::Engine> engine_ = model::MakeFakeEngine({});
  serving::Lifecycle lifecycle_{{}, *engine_, clock_, log_, metrics_};
  // Everything inline: one thread, no races in the tests.
  serving::ExecutionOptions execution_{
      .lanes = {.io = 1, .compute = 1, .inline_cost_max = std::chrono::hours(1)},
      .deadline = std::chrono::hours(1)};
  // Compressed once for all tests.
  static const page::Page& ThePage() {
    static const page::Page kPage;
    return kPage;
  }

  serving::Core core_{execution_, lifecycle_.published(), metrics_, clock_};
  live::Live live_{metrics_, lifecycle_.published(), clock_};
  Environment environment_{.clock = clock_,
                           .log = log_,
                           .metrics = metrics_,
                           .access_log = *access_log_,
                           .core = core_,
                           .control = control_,
                           .page = &ThePage(),
                           .live = &live_,
                           .limits = {.body_bytes_max = 1 << 20, .connections_max = 100}};
  std::shared_ptr<FakeSink> sink_ = std::make_shared<FakeSink>();
  Service service_{environment_, *sink_};
};

}  // namespace credence::api
