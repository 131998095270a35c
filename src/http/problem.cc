#include "http/problem.h"

#include "base/json_writer.h"

namespace credence::http {

// clang-format off
int StatusOf(Code code) {
  switch (code) {
    case Code::kInvalidArgument: return 400;
    case Code::kInvalidImage: return 422;
    case Code::kUnsupportedFormat: return 415;
    case Code::kTooLarge: return 413;
    case Code::kNotFound: return 404;
    case Code::kFailedPrecondition: return 409;
    case Code::kResourceExhausted: return 503;
    case Code::kUnavailable: return 503;
    case Code::kDeadlineExceeded: return 503;
    case Code::kUnimplemented: return 501;
    case Code::kDataLoss: return 500;
    case Code::kInternal: return 500;
  }
  return 500;
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}
// clang-format on

void WriteProblem(int status, std::string_view code, std::string_view detail, std::string& out) {
  JsonWriter json(out);
  json.BeginObject();
  json.Key("type").String("about:blank").Key("title").String(ReasonPhrase(status));
  json.Key("status").Number(status).Key("detail").String(detail).Key("code").String(code);
  json.EndObject();
}

void WriteProblem(const Error& error, std::string& out) {
  WriteProblem(StatusOf(error.code), CodeName(error.code), error.message, out);
}

}  // namespace credence::http
