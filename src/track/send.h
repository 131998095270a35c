// SendRun sends a tracking server what a run has recorded and the server does not have yet.
//
// After each step RUN/sent.json says how far it came, so that another call, process or start after
// a crash continues there. Sending something twice changes nothing: the server finds the run by its
// key, and keeps one copy of the same parameter, tag, file, or metric of the same time and step.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "fetch/http.h"

namespace credence::track {

struct Sent {
  std::string run_id;               // MLflow's
  std::size_t events = 0;           // sent by this call
  std::vector<std::string> passed;  // artifacts that the server does not take, and why
};

// url: of the server. A server that is not the last one is sent everything.
// Errors: those of ReadEvents and Mlflow; kUnavailable - sent.json cannot be written.
Result<Sent> SendRun(const std::filesystem::path& run, const std::string& url,
                     const fetch::HttpOptions& options);

}  // namespace credence::track
