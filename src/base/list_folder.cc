#include "base/list_folder.h"

#include <dirent.h>

#include <cerrno>
#include <memory>
#include <string_view>

namespace credence {

std::error_code ForEachName(const std::filesystem::path& folder,
                            const std::function<bool(const char* name)>& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (open == nullptr) return {errno, std::generic_category()};
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(open.get());
    if (entry == nullptr) return {errno, std::generic_category()};
    const std::string_view name = entry->d_name;
    if (name != "." && name != ".." && !visit(entry->d_name)) return {};
  }
}

}  // namespace credence
