// A small file of ours: a JSON header and a list of blobs, sealed (base/seal.h).
//
// Content, format 1: u32 header length; header; u32 count; u32 length of each blob; the blobs.
// Threads: pure but for the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::predictor {

using Blob = std::vector<std::uint8_t>;

struct Sealed {
  std::string header;
  std::vector<Blob> blobs;
};

// REQUIRES: magic has 8 characters; everything together is below 4 GiB.
Blob Seal(std::string_view magic, const Sealed& content);

// Errors: those of OpenSealed; kDataLoss - the parts do not fill the file.
Result<Sealed> Unseal(std::string_view magic, std::span<const std::uint8_t> bytes);

// Reads a file of at most bytes_max and unseals it; nullopt: there is none.
// Errors: those of ReadIfThere and Unseal, naming the file.
Result<std::optional<Sealed>> ReadSealed(const std::filesystem::path& path, std::string_view magic,
                                         std::uintmax_t bytes_max);

// A file that belongs to a profile, as its header's "profile" says, is written as NAME.next and
// takes NAME's place when its profile counts (SettleNext): so whoever is killed in between leaves
// for each profile what belongs to it.
std::filesystem::path NextOf(const std::filesystem::path& path);

// As ReadSealed, of `path` or its next, whichever belongs to the profile with the seal `seal`; of
// `path` if neither does, or if `seal` is empty: there is no profile. A next that does not belong
// is what a killed writer left: it is passed over, and so is a damaged one. Errors: as
// ReadSealed's, of the one that is returned; of a next that is needed and cannot be read.
Result<std::optional<Sealed>> ReadBound(const std::filesystem::path& path, std::string_view magic,
                                        std::uintmax_t bytes_max, const std::string& seal);

// Puts a next without blobs, which stands for no file, or one with some, in its place.
// Errors: kUnavailable - the disk; those of ReadSealed.
Result<void> SettleNext(const std::filesystem::path& path, std::string_view magic,
                        std::uintmax_t bytes_max);

}  // namespace credence::predictor
