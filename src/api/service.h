// Service is the application behind the transport: routes a request to its wire format.
// One an I/O thread, confined to it.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "api/access_log.h"
#include "api/exchange.h"
#include "api/native/predict.h"
#include "http/router.h"
#include "http/server.h"
#include "serving/predict.h"

namespace credence::api {

// What the services of all threads share; made by main.
struct Environment {
  const Clock& clock;
  metrics::Metrics& metrics;
  AccessLog& access_log;
  serving::Core& core;
  std::atomic<bool> draining{false};
};

class Service final : public http::Handler {
 public:
  Service(Environment& environment, http::IoThread& thread);

  void Handle(const http::Request& request, http::Responder responder) override;
  void TurnEnd() override;
  void OnRefused(const http::Refused& refused) override;

 private:
  // Answers at once: all but predictions.
  void Answer(int route, const http::RouteMatch& match, Exchange& exchange);
  // About one predictor, its highest served version or ?version=N.
  void Describe(int route, const http::RouteMatch& match, Exchange& exchange);
  void Problem(Exchange& exchange, int status, std::string_view code, std::string_view detail,
               std::string_view headers = {});

  Environment& environment_;
  http::IoThread& thread_;
  const http::Router router_;
  Finisher finisher_;
  native::PredictHandler predict_;
  serving::Submitter submitter_;  // last of these: what it delivers to is still there
  Exchange exchange_;             // of a request that is answered at once
  std::string body_;
};

}  // namespace credence::api
