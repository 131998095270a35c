// Listing a folder. Not by std::filesystem, whose iterators end the process when there is no memory
// for a name.
#pragma once

#include <filesystem>
#include <functional>
#include <system_error>

namespace credence {

// Calls `visit` with each name in the folder but "." and "..", in no order, until it returns false.
// Returns why the folder cannot be read, or not to its end. Throws what `visit` throws.
std::error_code ForEachName(const std::filesystem::path& folder,
                            const std::function<bool(const char* name)>& visit);

}  // namespace credence
