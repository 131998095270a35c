#include "fetch/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdio>
#include <memory>
#include <system_error>

#include "fetch/transfer.h"

namespace credence::fetch {
namespace {

using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;
using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

void SetCredentials(CURL* curl, const Credentials& credentials) {
  if (!credentials.token.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, credentials.token.c_str());
  } else if (!credentials.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, credentials.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, credentials.password.c_str());
  }
}

void SetTls(CURL* curl, const HttpOptions& options) {
  if (!options.verify) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (options.client_certificate.empty()) return;
  curl_easy_setopt(curl, CURLOPT_SSLCERT, options.client_certificate.c_str());
  curl_easy_setopt(curl, CURLOPT_SSLKEY, options.client_key.c_str());
}

// Makes `path` the body. Returns the open file, which must live through the transfer, or nullptr.
File Upload(CURL* curl, const std::filesystem::path& path) {
  File file(std::fopen(path.c_str(), "rb"), std::fclose);
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) file.reset();
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READDATA, file.get());
  curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(bytes));
  return file;
}

}  // namespace

Result<HttpAnswer> Send(const HttpRequest& request, const HttpOptions& options) {
  HttpAnswer answer;
  Transfer transfer(request.url,
                    {.connect_timeout = options.connect_timeout,
                     .timeout = options.timeout,
                     .stall_timeout = options.stall_timeout,
                     .body_bytes_max = options.answer_bytes_max},
                    [&answer](std::string_view piece) {
                      answer.body.append(piece);
                      return true;
                    });
  if (!transfer.valid()) return Error{Code::kInternal, "libcurl cannot be set up"};
  CURL* const curl = transfer.get();
  // "Expect:" as it is: without it curl waits a second for a 100 that few servers send.
  Headers headers(curl_slist_append(nullptr, "Expect:"), curl_slist_free_all);
  File file(nullptr, std::fclose);
  if (!request.file.empty()) {
    file = Upload(curl, request.file);
    if (!file) return Error{Code::kNotFound, request.file.string() + ": cannot be read"};
  } else if (!request.body.empty()) {
    const std::string type = "Content-Type: " + request.content_type;
    headers.reset(curl_slist_append(headers.release(), type.c_str()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  SetCredentials(curl, request.credentials);
  SetTls(curl, options);
  if (!options.proxy) curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = transfer.Perform();
  if (transfer.too_large()) {
    return Error{Code::kTooLarge, transfer.shown() + ": the answer has more than " +
                                      std::to_string(options.answer_bytes_max) + " bytes"};
  }
  if (code != CURLE_OK) return Error{Code::kUnavailable, transfer.Explain(code)};
  answer.status = transfer.status();
  return answer;
}

std::string UrlEncode(std::string_view text, std::string_view keep) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos || keep.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

std::string WithoutCredentials(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  std::string_view authority = url.substr(begin);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) {
    // A '/' in a password ends the authority early, and leaves no port of digits before it.
    const std::size_t colon = authority.find(':');
    const bool port =
        colon == std::string_view::npos || authority.starts_with('[') ||
        authority.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
    at = port ? std::string_view::npos : url.substr(begin).rfind('@');
  }
  if (at == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, begin)) + "***" + std::string(url.substr(begin + at));
}

std::string LocalOrigin(std::string_view address, int port) {
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  std::string host(address);
  in_addr four = {};
  in6_addr six = {};
  if (host.empty() ||
      (::inet_pton(AF_INET, host.c_str(), &four) == 1 && four.s_addr == INADDR_ANY)) {
    host = "127.0.0.1";
  } else if (::inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_UNSPECIFIED(&six)) {
    host = "::1";
  }
  if (const std::size_t zone = host.find('%'); zone != host.npos) host.insert(zone + 1, "25");
  if (host.find(':') != host.npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(port);
}

}  // namespace credence::fetch
