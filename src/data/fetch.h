// Fetch downloads a data set of the catalog and checks it; Verify checks files that are there.
//
// A download that broke off is resumed, now or by the next call (FILE.part). A file gets its name
// only when its checksum is right.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/catalog.h"

namespace credence::data {

struct FetchProgress {
  std::string file;
  std::uint64_t done_bytes = 0;  // of this file
  std::uint64_t all_bytes = 0;
};

struct FetchOptions {
  // A folder to fetch from instead of the mirrors, https:// or http:// (the checksums still hold).
  std::string url = {};
  std::function<bool(const FetchProgress&)> progress = {};  // false stops; empty: not called
  std::chrono::seconds connect_timeout{15};
  std::chrono::seconds stall_timeout{30};  // without a kilobyte a second in the mean
  int attempts = 3;                        // a mirror and file, each going on where the last ended
};

enum class FileState {
  kPresent,  // was there and right
  kFetched,
  kMissing,
  kWrong,  // there, and not what it should be
};

struct FileReport {
  std::string file;
  FileState state = FileState::kMissing;
  std::string detail;  // kFetched: the URL; kWrong: expectation and what was found
};

// A file is right when its SHA-256 is the published one, or the SHA-256 of what it unpacks to is:
// somebody may have packed the same data again.
std::vector<FileReport> Verify(const CatalogSet& set, const std::filesystem::path& folder);

// Makes the folder and fetches what is missing or wrong in it; writes classes.txt where the set has
// names. Mirrors carry HTTPS only.
// Errors: kUnavailable - no mirror gave a file (the message has each one's reason), or stopped;
//         kDataLoss    - all that came had a wrong checksum;
//         kInvalidArgument - `url` is neither https:// nor http://;
//         kNotFound    - the folder cannot be made or written.
Result<std::vector<FileReport>> Fetch(const CatalogSet& set, const std::filesystem::path& folder,
                                      const FetchOptions& options);

}  // namespace credence::data
