// Writes files that are either complete or absent. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.h"

namespace credence {

// Writes beside `path`, syncs, and renames over it: a crash at any moment leaves the old file or
// the new one. Makes the folder.
// Errors: kUnavailable - naming the file and the system's reason; the old file is untouched.
Result<void> WriteAtomically(const std::filesystem::path& path, std::string_view bytes);
Result<void> WriteAtomically(const std::filesystem::path& path,
                             std::span<const std::uint8_t> bytes);

}  // namespace credence
