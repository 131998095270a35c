// Environment is what the I/O threads of one server share; made by main.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>

#include "api/access_log.h"
#include "base/clock.h"
#include "base/log.h"
#include "metrics/metrics.h"
#include "serving/canary_watch.h"
#include "serving/predict.h"

namespace credence::api {

class Control;

struct Environment {
  const Clock& clock;
  Log& log;
  metrics::Metrics& metrics;
  AccessLog& access_log;
  serving::Core& core;
  Control* control = nullptr;                // null: versions cannot be changed over HTTP
  serving::CanaryWatch* canaries = nullptr;  // null: there are none
  serving::ReadyWhen ready_when = serving::ReadyWhen::kDefault;
  std::string_view version = "test";                   // of the server
  std::size_t body_bytes_max = std::size_t{32} << 20;  // that a compressed body may hold
  bool cors = false;  // whether pages of any origin may call what TensorFlow Serving serves
  bool admin_on_public = false;  // public listeners serve the admin endpoints, too
  std::atomic<bool> draining{false};
};

}  // namespace credence::api
