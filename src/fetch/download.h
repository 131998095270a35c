// Download is one transfer of one file by HTTP or HTTPS, with resume.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/result.h"

namespace credence::fetch {

struct DownloadOptions {
  std::uint64_t bytes_max = 0;  // of the whole file; more is an error
  bool https_only = true;
  std::chrono::seconds connect_timeout{15};
  std::chrono::seconds stall_timeout{30};  // fails when slower than 1 KiB/s for so long
  // Called several times a second; false stops the transfer.
  std::function<bool(std::uint64_t done_bytes)> progress;
};

// Appends to `part` what it lacks of `url`, and begins anew where the server cannot resume. Follows
// up to five redirects. Proxies and CURL_CA_BUNDLE come from the environment, as curl takes them.
// Errors: kUnavailable - no connection, broken off, stalled, or an HTTP status of 400 and above;
//         kDeadlineExceeded - stopped by `progress`; kTooLarge - over bytes_max;
//         kNotFound - `part` cannot be written.
//         What came before the error stays in `part`.
Result<void> Download(const std::string& url, const std::filesystem::path& part,
                      const DownloadOptions& options);

}  // namespace credence::fetch
