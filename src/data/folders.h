// How folders of pictures are listed.
//
// A picture is a file with a picture's ending, in any case, also of formats that no codec here
// reads
// (.heic): such a file is in the set and cannot be read, which is told, rather than not there.
// Left out without a word is what systems put beside people's files: names that begin with a dot,
// __MACOSX, @eaDir, Thumbs.db, desktop.ini, lost+found, #recycle, $RECYCLE.BIN.
// Links are followed. Those that lead out of the set are counted; those that lead back to a folder
// that they lie in are passed over and counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence::data {

// What lies in a folder itself: names, sorted by bytes.
struct FolderContent {
  std::vector<std::string> folders;
  std::vector<std::string> pictures;
  std::vector<std::string> others;  // files that are no pictures by their ending
};

// Errors: kNotFound - the folder cannot be read, with the system's reason.
Result<FolderContent> ReadFolder(const std::filesystem::path& folder);

// How many of something, and one of them, for a message.
struct Counted {
  std::int64_t count = 0;
  std::string first;

  void Add(const std::string& name) {
    if (count++ == 0) first = name;
  }
  void Add(const Counted& other) {
    if (count == 0) first = other.first;
    count += other.count;
  }
};

struct FolderList {
  std::vector<std::string> files;  // pictures, paths below the folder, sorted by bytes
  Counted others;                  // files that are no pictures by their ending
  Counted links_out;               // pictures and folders that a link outside of the set leads to
  Counted circles;                 // links to a folder that they lie in
};

// Lists the pictures in a folder and below it. `set`: the folder of the whole set.
// Errors: kNotFound - a folder cannot be read; kTooLarge - more than files_max, or over 64 deep.
Result<FolderList> ListPictures(const std::filesystem::path& set,
                                const std::filesystem::path& folder, std::int64_t files_max);

}  // namespace credence::data
