// How a connection words an answer, and takes leave of a request or a client.
#include <string_view>

#include "http/connection.h"
#include "http/response_head.h"

namespace credence::http {
namespace {

constexpr std::size_t kCopyBytesMax = 4 * 1024;  // a lasting body up to this size is copied, too

}  // namespace

void Connection::Format(const Response& response) {
  EndCounting();
  close_after_ = close_after_ || loop_->draining();
  const RequestHead& head = parser_.head();
  out_.clear();
  AppendHead(
      response,
      {.common_headers = loop_->common_headers(), .close = close_after_, .http_1_1 = head.http_1_1},
      out_);
  out_lasting_ = {};
  if (IsBodiless(response.status) || head.method == "HEAD") return;
  if (response.lasts && response.body.size() > kCopyBytesMax) {
    out_lasting_ = response.body;
  } else {
    out_.append(response.body);
  }
}

// A request that was counted at its head has its answer, or will have none.
void Connection::EndCounting() {
  if (!request_.counted) return;
  request_.counted = false;
  loop_->handler().OnEnd(request_);
}

// The client is gone, or what it sends is not TLS.
void Connection::Lose() {
  if (const std::string_view why = stream_.tls_broken(); !why.empty()) {
    loop_->handler().OnRefused(
        {.status = 400, .code = "tls_failed", .detail = why, .client = client_});
  }
  Close();
}

}  // namespace credence::http
