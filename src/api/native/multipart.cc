#include "api/native/multipart.h"

#include <string>

#include "base/ascii.h"

namespace credence::api::native {
namespace {

constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046, section 5.1.1

// The value of `;key=value` or `;key="value"` among a header's parameters; empty if not there.
std::string_view Parameter(std::string_view header, std::string_view key) {
  std::size_t at = 0;
  while ((at = header.find(';', at)) != std::string_view::npos) {
    ++at;
    while (at < header.size() && (header[at] == ' ' || header[at] == '\t')) ++at;
    std::string_view rest = header.substr(at);
    if (!StartsWithIgnoringCase(rest, key) || rest.size() <= key.size() || rest[key.size()] != '=')
      continue;
    rest.remove_prefix(key.size() + 1);
    if (rest.starts_with('"')) return rest.substr(1, rest.find('"', 1) - 1);
    return rest.substr(0, rest.find_first_of("; \t"));
  }
  return {};
}

// Reads one part's header lines; `block` is what stands before the empty line.
Part ReadHeaders(std::string_view block) {
  Part part;
  while (!block.empty()) {
    const std::size_t end = block.find("\r\n");
    const std::string_view line = block.substr(0, end);
    if (StartsWithIgnoringCase(line, "content-disposition:")) {
      part.name = Parameter(line, "name");
      part.filename = Parameter(line, "filename");
    }
    block.remove_prefix(end == std::string_view::npos ? block.size() : end + 2);
  }
  return part;
}

}  // namespace

Result<std::vector<Part>> ParseMultipart(std::string_view content_type,
                                         std::span<const std::uint8_t> body) {
  const std::string_view boundary = Parameter(content_type, "boundary");
  if (boundary.empty()) return Invalid("the Content-Type of the multipart body has no boundary");
  if (boundary.size() > kBoundaryBytesMax) {
    return Invalid("the multipart boundary has " + std::to_string(boundary.size()) +
                   " characters; the limit is 70");
  }
  const std::string delimiter = "\r\n--" + std::string(boundary);
  std::string_view rest(reinterpret_cast<const char*>(body.data()), body.size());
  // The first delimiter may stand at the very start, without the line break.
  const std::string_view opening = std::string_view(delimiter).substr(2);
  const std::size_t start = rest.starts_with(opening) ? 0 : rest.find(delimiter);
  if (start == std::string_view::npos)
    return Invalid("the multipart body does not hold its boundary");
  rest.remove_prefix(start + (start == 0 ? opening.size() : delimiter.size()));

  std::vector<Part> parts;
  while (!rest.starts_with("--")) {
    const std::size_t line_end = rest.find("\r\n");
    if (line_end == std::string_view::npos) return Invalid("the multipart body is cut short");
    rest.remove_prefix(line_end);  // the line break may be the one of an empty header block
    const std::size_t headers_end = rest.find("\r\n\r\n");
    if (headers_end == std::string_view::npos)
      return Invalid("a multipart part has no end of its headers");
    Part part =
        ReadHeaders(headers_end == 0 ? std::string_view{} : rest.substr(2, headers_end - 2));
    rest.remove_prefix(headers_end +
                       2);  // keeps one line break: an empty content is "\r\n--boundary"
    const std::size_t end = rest.find(delimiter);
    if (end == std::string_view::npos) return Invalid("the multipart body is cut short");
    const std::string_view content = end < 2 ? std::string_view{} : rest.substr(2, end - 2);
    part.content = {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()};
    if (parts.size() == kPartsMax) {
      return Error{Code::kTooLarge,
                   "the multipart body has more than " + std::to_string(kPartsMax) + " parts"};
    }
    parts.push_back(part);
    rest.remove_prefix(end + delimiter.size());
  }
  return parts;
}

}  // namespace credence::api::native
