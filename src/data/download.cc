#include "data/download.h"

#include <curl/curl.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr long kRedirectsMax = 5;
constexpr long kStalledBelowBytesASecond = 1024;

struct Transfer {
  const DownloadOptions* options = nullptr;
  std::FILE* file = nullptr;
  std::uint64_t bytes = 0;  // in the file
  bool too_large = false;
};

std::size_t Write(char* data, std::size_t size, std::size_t count, void* user) {
  Transfer& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (transfer.bytes + bytes > transfer.options->bytes_max) {
    transfer.too_large = true;
    return 0;
  }
  const std::size_t written = std::fwrite(data, 1, bytes, transfer.file);
  transfer.bytes += written;
  return written;
}

int Progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const Transfer& transfer = *static_cast<const Transfer*>(user);
  const auto& progress = transfer.options->progress;
  return !progress || progress(transfer.bytes) ? 0 : 1;
}

void Configure(CURL* curl, const std::string& url, Transfer& transfer, char* message) {
  const DownloadOptions& options = *transfer.options;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, options.https_only ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, options.https_only ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kRedirectsMax);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "credence");
  if (const char* bundle = std::getenv("CURL_CA_BUNDLE"); bundle != nullptr && *bundle != '\0') {
    curl_easy_setopt(curl, CURLOPT_CAINFO, bundle);
  }
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kStalledBelowBytesASecond);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.bytes));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Write);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, Progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

// One request. cannot_resume: the server answered a request for the rest with something else.
Result<void> Request(const std::string& url, const fs::path& part, const DownloadOptions& options,
                     bool& cannot_resume) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(part.c_str(), "ab"),
                                                             std::fclose);
  if (!file) return Error{Code::kNotFound, part.string() + ": cannot be written"};
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return Error{Code::kInternal, "libcurl cannot be set up"};
  std::error_code ignored;
  Transfer transfer{&options, file.get(), fs::file_size(part, ignored)};
  const bool resumed = transfer.bytes > 0;
  std::array<char, CURL_ERROR_SIZE> message = {};
  Configure(curl.get(), url, transfer, message.data());
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {};
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  cannot_resume = resumed && (code == CURLE_RANGE_ERROR || status == 416);
  const std::string text =
      url + ": " + (message[0] != '\0' ? message.data() : curl_easy_strerror(code));
  if (transfer.too_large) {
    return Error{Code::kTooLarge,
                 url + ": more than the " + std::to_string(options.bytes_max) + " bytes expected"};
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    return Error{Code::kDeadlineExceeded,
                 url + ": stopped after " + std::to_string(transfer.bytes) + " bytes"};
  }
  return Error{Code::kUnavailable, text};
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

}  // namespace credence::data
