// Transfer is one use of libcurl: what every request of ours sets the same way, and a bounded body.
//
// Proxies and the file of trusted certificates (CURL_CA_BUNDLE) come from the environment, as curl
// takes them. Threads: confined to one. Used in this room only.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace credence::fetch {

struct TransferOptions {
  bool https_only = false;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{0};    // of the whole transfer; 0: none
  std::chrono::seconds stall_timeout{30};  // fails when slower than 1 KiB/s for so long
  std::uint64_t body_bytes_max = 0;
};

class Transfer {
 public:
  // Takes a piece of the body; false stops the transfer.
  using Sink = std::function<bool(std::string_view piece)>;

  Transfer(std::string url, const TransferOptions& options, Sink sink);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // False: libcurl could not be set up, and nothing else may be called.
  bool valid() const { return curl_ != nullptr; }
  CURL* get() { return curl_.get(); }

  CURLcode Perform() { return curl_easy_perform(curl_.get()); }
  long status();  // of the answer; 0: none came
  bool too_large() const { return too_large_; }
  // The URL for messages: without a password.
  std::string shown() const;
  // "URL: what went wrong".
  std::string Explain(CURLcode code) const;

 private:
  static std::size_t Receive(char* data, std::size_t size, std::size_t count, void* transfer);

  std::string url_;
  std::uint64_t left_;  // bytes of the body that are still allowed
  Sink sink_;
  bool too_large_ = false;
  std::array<char, CURL_ERROR_SIZE> message_ = {};
  std::unique_ptr<CURL, void (*)(CURL*)> curl_;
};

}  // namespace credence::fetch
