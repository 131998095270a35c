#include "http/response_head.h"

#include <charconv>

#include "http/problem.h"

namespace credence::http {
namespace {

void AppendNumber(std::string& out, std::size_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

bool IsBodiless(int status) { return status == 204 || status == 304; }

void AppendHead(const Response& response, const ResponseHead& head, std::string& out) {
  out.append("HTTP/1.1 ");
  AppendNumber(out, static_cast<std::size_t>(response.status));
  out.push_back(' ');
  out.append(ReasonPhrase(response.status)).append("\r\n");
  out.append(head.common_headers);
  if (!IsBodiless(response.status)) {
    if (!response.content_type.empty()) {
      out.append("Content-Type: ").append(response.content_type).append("\r\n");
    }
    out.append("Content-Length: ");
    AppendNumber(out, response.body.size());
    out.append("\r\n");
  }
  if (head.close) {
    out.append("Connection: close\r\n");
  } else if (!head.http_1_1) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append(response.headers).append("\r\n");
}

}  // namespace credence::http
