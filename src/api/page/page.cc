#include "api/page/page.h"

#include <array>
#include <utility>

#include "web/files.h"

namespace credence::api::page {
namespace {

constexpr std::string_view kHtml = ".html";
constexpr std::string_view kReport = "report.html";

std::string_view TypeOf(std::string_view name) {
  constexpr auto kTypes = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{kHtml, "text/html; charset=utf-8"},
       {".js", "text/javascript; charset=utf-8"},
       {".css", "text/css; charset=utf-8"},
       {".svg", "image/svg+xml"},
       {".jpg", "image/jpeg"}});
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

std::string_view HeadersOf(std::string_view name) {
  if (name == kReport) return kReportHeaders;
  return name.ends_with(kHtml) ? http::kPageHeaders : "";
}

}  // namespace

Page::Page() {
  for (const web::File& file : web::Files()) {
    const std::string_view body(reinterpret_cast<const char*>(file.bytes.data()),
                                file.bytes.size());
    const http::AssetOptions options{.content_type = TypeOf(file.name),
                                     .headers = HeadersOf(file.name)};
    assets_.emplace(file.name, std::make_unique<const http::Asset>(body, options));
  }
}

const http::Asset* Page::Find(std::string_view name) const {
  const auto found = assets_.find(name);
  return found == assets_.end() ? nullptr : found->second.get();
}

}  // namespace credence::api::page
