// Code -> HTTP, and errors as application/problem+json (RFC 9457).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace credence::http {

inline constexpr std::string_view kProblemType = "application/problem+json";

// 400, 404, 413, …: one exhaustive switch.
int StatusOf(Code code);

// "Bad Request", …; "Unknown" for a number that HTTP does not name.
std::string_view ReasonPhrase(int status);

// Appends {"type","title","status","detail","code"}; `code` is a stable name (docs/api.md).
void WriteProblem(int status, std::string_view code, std::string_view detail, std::string& out);
void WriteProblem(const Error& error, std::string& out);

}  // namespace credence::http
