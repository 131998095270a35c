#include "track/http.h"

#include <curl/curl.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace credence::track {
namespace {

constexpr std::size_t kAnswerBytesMax = 16 * 1024 * 1024;

using Curl = std::unique_ptr<CURL, void (*)(CURL*)>;
using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::size_t Receive(char* data, std::size_t size, std::size_t count, void* user) {
  std::string& body = *static_cast<std::string*>(user);
  if (body.size() + size * count > kAnswerBytesMax) return 0;
  body.append(data, size * count);
  return size * count;
}

void Configure(CURL* curl, const HttpOptions& options) {
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "credence");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout.count()));
  if (const std::string bundle = Environment("CURL_CA_BUNDLE"); !bundle.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, bundle.c_str());
  }
  const std::string token = Environment("MLFLOW_TRACKING_TOKEN");
  const std::string user = Environment("MLFLOW_TRACKING_USERNAME");
  if (!token.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token.c_str());
  } else if (!user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, Environment("MLFLOW_TRACKING_PASSWORD").c_str());
  }
}

}  // namespace

Result<HttpAnswer> Send(const HttpRequest& request, const HttpOptions& options) {
  const Curl curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return Error{Code::kInternal, "libcurl cannot be set up"};
  File file(nullptr, std::fclose);
  // "Expect:" as it is: without it curl waits a second for a 100 that few servers send.
  Headers headers(curl_slist_append(nullptr, "Expect:"), curl_slist_free_all);
  Configure(curl.get(), options);
  curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  if (!request.file.empty()) {
    file.reset(std::fopen(request.file.c_str(), "rb"));
    std::error_code error;
    const std::uintmax_t bytes = std::filesystem::file_size(request.file, error);
    if (!file || error) {
      return Error{Code::kNotFound, request.file.string() + ": cannot be read"};
    }
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_READDATA, file.get());
    curl_easy_setopt(curl.get(), CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(bytes));
  } else if (!request.json.empty()) {
    headers.reset(curl_slist_append(headers.release(), "Content-Type: application/json"));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.json.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.json.size()));
  }
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  std::array<char, CURL_ERROR_SIZE> message = {};
  HttpAnswer answer;
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, message.data());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    return Error{
        Code::kUnavailable,
        request.url + ": " + (message[0] != '\0' ? message.data() : curl_easy_strerror(code))};
  }
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

std::string UrlEncode(const std::string& text, const std::string& keep) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos || keep.find(c) != std::string::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace credence::track
