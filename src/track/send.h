// SendRun tells a tracking server what a run has recorded and it has not been told yet.
//
// How far it came is kept in RUN/sent.json after each step, so that it goes on where it ended,
// also in another process and after a crash. Telling again what was told changes nothing at the
// server: the run is found by its key, and MLflow takes the same parameter, tag, metric of the same
// time and step, or file once.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "fetch/http.h"

namespace credence::track {

struct Sent {
  std::string run_id;               // MLflow's
  std::size_t events = 0;           // told now
  std::vector<std::string> passed;  // artifacts that the server does not take, and why
};

// url: of the server; another one than last time is told everything.
// Errors: those of ReadEvents and Mlflow; kUnavailable - sent.json cannot be written.
Result<Sent> SendRun(const std::filesystem::path& run, const std::string& url,
                     const fetch::HttpOptions& options);

}  // namespace credence::track
