// Page is the page for people, src/web, as answers: made once a server, shared by its threads.
// Immutable.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "http/asset.h"

namespace credence::api::page {

// Of a report, and of the empty page that shows one in a frame of the predictor's page: it has its
// stylesheet and its pictures in it, loads nothing else and runs nothing.
inline constexpr std::string_view kReportHeaders =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n";

class Page {
 public:
  Page();

  // The file of that name, "try.js"; nullptr if there is none.
  const http::Asset* Find(std::string_view name) const;

 private:
  std::map<std::string_view, std::unique_ptr<const http::Asset>, std::less<>> assets_;
};

}  // namespace credence::api::page
