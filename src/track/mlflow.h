// Mlflow is a tracking server of MLflow's, by its REST interface (2.0, as MLflow 2 and 3 speak it).
//
// Threads: thread-compatible. Errors of all: kUnavailable - no connection, too slow, or status 429
// or 5xx: the same may succeed later; kInvalidArgument, kNotFound - refused, with MLflow's reason;
// kDataLoss - an answer that is none of MLflow's; kTooLarge - one of more than 16 MiB.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"
#include "fetch/http.h"
#include "track/event.h"

namespace credence::track {

// Where a run's events go.
struct RemoteRun {
  std::string id;
  std::string artifacts;  // "mlflow-artifacts:/1/ID/artifacts": through the server's proxy
};

struct NewRun {
  std::string experiment_id = {};
  std::string name = {};
  std::string key = {};  // ours, as the tag credence.run: the same key finds the same run again
  std::int64_t start_time_ms = 0;
};

class Mlflow {
 public:
  // url: "http://HOST:PORT" or "https://…", with or without '/' at its end. Credentials come
  // from the environment, as for MLflow's own client: MLFLOW_TRACKING_TOKEN, or
  // MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
  Mlflow(const std::string& url, const fetch::HttpOptions& options);

  // Returns the id of the experiment of that name. Creates it if there is none.
  Result<std::string> Experiment(const std::string& name);
  // Returns the run with that key. Creates it if there is none.
  Result<RemoteRun> FindOrCreateRun(const NewRun& run);
  // events: kParam, kMetric, kTag only, at most kBatchMax. Sending one twice changes nothing.
  Result<void> LogBatch(const std::string& run_id, std::span<const Event> events);
  // Errors: kUnimplemented - the server keeps artifacts where only MLflow's own client can write.
  Result<void> PutArtifact(const RemoteRun& run, const std::filesystem::path& file,
                           const std::string& name);
  Result<void> Finish(const std::string& run_id, const std::string& status, std::int64_t end_ms);

  static constexpr std::size_t kBatchMax = 100;  // MLflow's limit of parameters and of tags

 private:
  Result<std::string> Call(const std::string& method, const std::string& path,
                           const std::string& json);
  Result<std::string> Answer(fetch::HttpRequest request);

  std::string url_;
  fetch::HttpOptions options_;
  fetch::Credentials credentials_;
};

}  // namespace credence::track
