// Reading whole files that somebody else may have put there.
//
// Only regular files are read: opening a FIFO would wait for a writer for ever, and a device may
// have no end. Each has a limit. What is there and cannot be read is never taken for absent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence {

// Errors: kNotFound - nothing is there; kUnavailable - it cannot be read, e.g. for want of
//         permission; kInvalidArgument - it is no regular file; kTooLarge - more than `bytes_max`;
//         kDataLoss - it became shorter meanwhile.
Result<std::vector<std::uint8_t>> ReadFile(const std::filesystem::path& path,
                                           std::uintmax_t bytes_max);
Result<std::string> ReadTextFile(const std::filesystem::path& path, std::uintmax_t bytes_max);

// The same; nullopt where nothing is there.
Result<std::optional<std::vector<std::uint8_t>>> ReadIfThere(const std::filesystem::path& path,
                                                             std::uintmax_t bytes_max);
Result<std::optional<std::string>> ReadTextIfThere(const std::filesystem::path& path,
                                                   std::uintmax_t bytes_max);

// Whether a file that others will open can be opened without waiting: kNotFound, kUnavailable and
// kInvalidArgument as above.
Result<void> CheckRegularFile(const std::filesystem::path& path);

}  // namespace credence
