// A SavedModel with one of its signatures alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace credence::model {

// Returns the SavedModel protobuf with `signature` as its only one, under the name
// "serving_default". The inputs of the others are taken out of the graph, with all that depends on
// them; what restores the variables stays.
// Errors: kInvalidArgument - no graph tagged "serve" has that signature; kDataLoss - damaged.
Result<std::string> CutToSignature(std::span<const std::uint8_t> saved_model_pb,
                                   const std::string& signature);

// A SavedModel folder with one signature of another: a saved_model.pb of its own, and links to the
// other's variables and assets. Lies in the folder for temporary files, or in /dev/shm where that
// cannot be written, and is deleted at the end.
class CutCopy {
 public:
  // Errors: CutToSignature's; kUnavailable - the copy cannot be written: TMPDIR names another
  //         folder.
  static Result<std::unique_ptr<CutCopy>> Make(const std::filesystem::path& saved_model,
                                               const std::string& signature);
  ~CutCopy();
  CutCopy(const CutCopy&) = delete;
  CutCopy& operator=(const CutCopy&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit CutCopy(std::filesystem::path path) : path_(std::move(path)) {}
  static Result<std::unique_ptr<CutCopy>> WriteInto(const std::filesystem::path& folder,
                                                    const std::filesystem::path& saved_model,
                                                    const std::string& cut);

  const std::filesystem::path path_;
};

}  // namespace credence::model
