// The answers to requests that failed where there may be no memory for another.
#pragma once

#include <cstddef>
#include <string_view>

namespace credence::http {

inline constexpr std::string_view kOutOfMemory =
    "HTTP/1.1 503 Service Unavailable\r\nServer: credence\r\n"
    "Content-Type: application/problem+json\r\nContent-Length: 118\r\nRetry-After: 1\r\n"
    "X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
    "Connection: close\r\n\r\n"
    "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
    "\"detail\":\"out of memory\",\"code\":\"resource_exhausted\"}";
inline constexpr std::string_view kFailed =
    "HTTP/1.1 500 Internal Server Error\r\nServer: credence\r\n"
    "Content-Type: application/problem+json\r\nContent-Length: 128\r\n"
    "X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
    "Connection: close\r\n\r\n"
    "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500,"
    "\"detail\":\"the request failed; see the log\",\"code\":\"internal\"}";

// Whether the length that an answer states is that of its body.
constexpr bool StatesItsLength(std::string_view answer) {
  constexpr std::string_view kLength = "Content-Length: ";
  std::size_t stated = 0;
  for (std::size_t at = answer.find(kLength) + kLength.size(); answer[at] != '\r'; ++at) {
    stated = stated * 10 + static_cast<std::size_t>(answer[at] - '0');
  }
  return answer.size() - (answer.find("\r\n\r\n") + 4) == stated;
}
static_assert(StatesItsLength(kOutOfMemory) && StatesItsLength(kFailed));

}  // namespace credence::http
