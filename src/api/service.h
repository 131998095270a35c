// Service is the application behind the transport: it finds the endpoint of a request and runs it.
// One an I/O thread, confined to it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/endpoint.h"
#include "api/environment.h"
#include "api/exchange.h"
#include "http/router.h"
#include "http/server.h"
#include "serving/predict.h"

namespace credence::api {

class Service final : public http::Handler {
 public:
  Service(Environment& environment, http::IoThread& thread);

  std::optional<http::Response> OnHead(http::Request& head) override;
  void Handle(const http::Request& request, http::Responder responder) override;
  void TurnEnd() override;
  void OnRefused(const http::Refused& refused) override;
  std::string_view WriteRefusal(const http::Refused& refused, std::string& body) override;

  const std::vector<Endpoint>& endpoints() const { return endpoints_; }

 private:
  struct Problem {
    int status;
    std::string_view code;
    std::string detail;
    std::string headers = {};
  };
  std::optional<http::Response> Admit(http::Request& head, const http::RouteMatch& match);
  http::Response Refuse(const http::Request& head, std::string_view route, const Problem& problem);

  Environment& environment_;
  http::IoThread& thread_;
  Finisher finisher_;
  ThreadContext context_;
  const std::vector<Endpoint> endpoints_;
  const std::array<http::Router, http::kRoles> routers_;  // by the listener's role
  std::array<std::string, http::kParametersMax> decoded_;
  std::string problem_;
  serving::Submitter submitter_;  // last: what it delivers to is still there
};

}  // namespace credence::api
