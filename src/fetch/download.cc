#include "fetch/download.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <system_error>

#include "fetch/transfer.h"

namespace credence::fetch {
namespace {

namespace fs = std::filesystem;

constexpr long kRedirectsMax = 5;

// Where the file on disk stands, and who is told.
struct Part {
  const DownloadOptions& options;
  std::FILE* file = nullptr;
  std::uint64_t bytes = 0;
};

int Progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const Part& part = *static_cast<const Part*>(user);
  return !part.options.progress || part.options.progress(part.bytes) ? 0 : 1;
}

// One request. cannot_resume: the server answered a request for the rest with something else.
Result<void> Request(const std::string& url, const fs::path& path, const DownloadOptions& options,
                     bool& cannot_resume) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "ab"),
                                                             std::fclose);
  if (!file) return Error{Code::kNotFound, path.string() + ": cannot be written"};
  std::error_code ignored;
  Part part{options, file.get(), fs::file_size(path, ignored)};
  const bool resumed = part.bytes > 0;
  Transfer transfer(url,
                    {.https_only = options.https_only,
                     .connect_timeout = options.connect_timeout,
                     .stall_timeout = options.stall_timeout,
                     .body_bytes_max = options.bytes_max - std::min(options.bytes_max, part.bytes)},
                    [&part](std::string_view piece) {
                      const auto written = std::fwrite(piece.data(), 1, piece.size(), part.file);
                      part.bytes += written;
                      return written == piece.size();
                    });
  if (!transfer.valid()) return Error{Code::kInternal, "libcurl cannot be set up"};
  CURL* const curl = transfer.get();
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kRedirectsMax);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(part.bytes));
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, Progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &part);
  const CURLcode code = transfer.Perform();
  if (code == CURLE_OK) return {};
  cannot_resume = resumed && (code == CURLE_RANGE_ERROR || transfer.status() == 416);
  if (transfer.too_large()) {
    return Error{Code::kTooLarge, transfer.shown() + ": more than the " +
                                      std::to_string(options.bytes_max) + " bytes expected"};
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return Error{Code::kDeadlineExceeded,
                 transfer.shown() + ": stopped after " + std::to_string(part.bytes) + " bytes"};
  }
  return Error{Code::kUnavailable, transfer.Explain(code)};
}

}  // namespace

Result<void> Download(const std::string& url, const fs::path& part,
                      const DownloadOptions& options) {
  bool cannot_resume = false;
  Result<void> done = Request(url, part, options, cannot_resume);
  if (!cannot_resume) return done;
  std::error_code ignored;
  fs::remove(part, ignored);
  return Request(url, part, options, cannot_resume);
}

}  // namespace credence::fetch
