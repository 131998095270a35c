// Environment is what the I/O threads of one server share; made by main.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>

#include "api/access_log.h"
#include "api/other_names.h"
#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "security/gate.h"
#include "serving/canary_watch.h"
#include "serving/predict.h"

namespace credence::api {

class Control;
class RequestSink;
namespace live {
class Live;
}
namespace page {
class Page;
}

// Limits of the transport, for whoever asks.
struct Limits {
  std::size_t body_bytes_max = std::size_t{32} << 20;
  int connections_max = 0;
};

struct Environment {
  const Clock& clock;
  Log& log;
  metrics::Metrics& metrics;
  AccessLog& access_log;
  serving::Core& core;
  Control* control = nullptr;                // null: versions cannot be changed over HTTP
  serving::CanaryWatch* canaries = nullptr;  // null: there are none
  serving::ReadyWhen ready_when = serving::ReadyWhen::kDefault;
  const page::Page* page = nullptr;  // null: there is no page for people
  live::Live* live = nullptr;        // null: there is no /v1/live
  RequestSink* sink = nullptr;       // null: nobody else is told of requests
  Limits limits = {};
  std::string_view version = "test";  // of the server
  bool quiet = false;                 // probes and scrapes that are answered well are not logged
  bool admin_on_public = false;       // public listeners serve the admin endpoints, too
  bool tfs_reload_api = false;        // calls by gRPC may replace the model configuration
  OtherMetrics other_metrics = {};
  security::Policy policy = {};  // who may ask
  std::atomic<bool> draining{false};
};

}  // namespace credence::api
