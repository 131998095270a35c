// Page is the page for people, src/web, as answers: made once a server, shared by its threads.
// Immutable.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string_view>

#include "http/asset.h"

namespace credence::api::page {

class Page {
 public:
  Page();

  // The file of that name, "try.js"; nullptr if there is none.
  const http::Asset* Find(std::string_view name) const;

 private:
  std::map<std::string_view, std::unique_ptr<const http::Asset>, std::less<>> assets_;
};

}  // namespace credence::api::page
