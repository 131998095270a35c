// A fake tracking server that records what it is sent, for this room's tests.
// tests/versioning/mlflow_run.py uses the real one.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/guarded.h"
#include "base/test_folder.h"
#include "base/test_loopback_server.h"

namespace credence::track {

class TestMlflow {
 public:
  std::string url() const { return server_.url(); }
  // "METHOD PATH BODY", in the order they came; PATH without "/api/2.0/".
  std::vector<std::string> requests() {
    auto lock = requests_.lock();
    return *lock;
  }
  // Answers 503 from this request on, counted from 0; -1: never.
  std::atomic<int> fails_from = -1;
  std::string artifact_root = "mlflow-artifacts:/7/R1/artifacts";

 private:
  static std::string Answer(int status, const nlohmann::json& body) {
    const std::string text = body.dump();
    return "HTTP/1.1 " + std::to_string(status) +
           " -\r\nConnection: close\r\nContent-Length: " + std::to_string(text.size()) +
           "\r\n\r\n" + text;
  }
  std::string Handle(const TestRequest& request) {
    const std::string path = request.path.substr(std::string("/api/2.0/").size());
    auto lock = requests_.lock();
    const auto number = static_cast<int>(lock->size());
    lock->push_back(request.method + " " + path + " " + request.body);
    if (fails_from >= 0 && number >= fails_from) {
      return Answer(503, {{"message", "not now"}});
    }
    const nlohmann::json info = {{"run_id", "R1"}, {"artifact_uri", artifact_root}};
    if (path.starts_with("mlflow/experiments/get-by-name")) {
      if (!experiment_) return Answer(404, {{"error_code", "RESOURCE_DOES_NOT_EXIST"}});
      return Answer(200, {{"experiment", {{"experiment_id", "7"}}}});
    }
    if (path == "mlflow/experiments/create") {
      experiment_ = true;
      return Answer(200, {{"experiment_id", "7"}});
    }
    if (path == "mlflow/runs/search") {
      if (!run_) return Answer(200, nlohmann::json::object());
      return Answer(200, {{"runs", {{{"info", info}}}}});
    }
    if (path == "mlflow/runs/create") {
      run_ = true;
      return Answer(200, {{"run", {{"info", info}}}});
    }
    return Answer(200, nlohmann::json::object());
  }

  bool experiment_ = false, run_ = false;
  Guarded<std::vector<std::string>> requests_;
  LoopbackServer server_{[this](const TestRequest& request) { return Handle(request); }};
};

}  // namespace credence::track
