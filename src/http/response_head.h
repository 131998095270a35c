// The head of an answer as HTTP/1.1 writes it. Threads: pure.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace credence::http {

struct ResponseHead {
  std::string_view common_headers = {};  // of every answer, each ended by \r\n
  bool close = false;                    // the connection ends with this answer
  bool http_1_1 = true;                  // the request's version
};

// Whether an answer of that status has no body.
bool IsBodiless(int status);

// Appends status line and headers of `response`, with the empty line after them.
void AppendHead(const Response& response, const ResponseHead& head, std::string& out);

}  // namespace credence::http
