#include "fetch/transfer.h"

#include <cstdlib>
#include <utility>

#include "fetch/http.h"

namespace credence::fetch {
namespace {

constexpr long kStalledBelowBytesASecond = 1024;

}  // namespace

Transfer::Transfer(std::string url, const TransferOptions& options, Sink sink)
    : url_(std::move(url)),
      left_(options.body_bytes_max),
      sink_(std::move(sink)),
      curl_(curl_easy_init(), curl_easy_cleanup) {
  CURL* const curl = curl_.get();
  if (curl == nullptr) return;
  const char* const protocols = options.https_only ? "https" : "http,https";
  curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "credence");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kStalledBelowBytesASecond);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout.count()));
  if (const char* bundle = std::getenv("CURL_CA_BUNDLE"); bundle != nullptr && *bundle != '\0') {
    curl_easy_setopt(curl, CURLOPT_CAINFO, bundle);
  }
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message_.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
}

long Transfer::status() {
  long status = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::string Transfer::shown() const { return WithoutCredentials(url_); }

std::string Transfer::Explain(CURLcode code) const {
  return shown() + ": " + (message_[0] != '\0' ? message_.data() : curl_easy_strerror(code));
}

std::size_t Transfer::Receive(char* data, std::size_t size, std::size_t count, void* transfer) {
  Transfer& self = *static_cast<Transfer*>(transfer);
  const std::size_t bytes = size * count;
  self.too_large_ = bytes > self.left_;
  if (self.too_large_) return 0;
  self.left_ -= bytes;
  return self.sink_({data, bytes}) ? bytes : 0;
}

}  // namespace credence::fetch
