// One request to a tracking server by HTTP or HTTPS.
//
// From the environment, as curl and MLflow's own client take them: proxies, CURL_CA_BUNDLE,
// MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace credence::track {

struct HttpOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{0};    // of a whole request; 0: none
  std::chrono::seconds stall_timeout{30};  // below a kilobyte a second for so long
};

struct HttpRequest {
  std::string method = "GET";
  std::string url = {};
  std::string json = {};            // the body; empty: none
  std::filesystem::path file = {};  // the body of a PUT instead
};

struct HttpAnswer {
  long status = 0;
  std::string body;
};

// Errors: kUnavailable - no connection, broken off, too slow, or an answer over 16 MiB;
//         kNotFound - `file` cannot be read. Any status is an answer.
Result<HttpAnswer> Send(const HttpRequest& request, const HttpOptions& options);

// A text as part of a URL; characters of `keep` stay as they are.
std::string UrlEncode(const std::string& text, const std::string& keep = "");

}  // namespace credence::track
