#include "serving/whole.h"

#include <system_error>

#include "model/model_files.h"
#include "model/saved_model_dir.h"
#include "model/variables_index.h"

namespace credence::serving {

namespace fs = std::filesystem;

namespace {

Result<void> CheckExternalFiles(const fs::path& onnx) {
  const auto files = model::ExternalFiles(onnx);
  // What is no ONNX model is left to the engine, which says more.
  if (!files && files.error().code == Code::kDataLoss) return {};
  if (!files) return files.error();
  for (const model::ExternalFile& file : *files) {
    const fs::path path = onnx.parent_path() / file.name;
    std::error_code failed;
    const std::uintmax_t bytes = fs::file_size(path, failed);
    if (failed) {
      return Error{Code::kDataLoss, path.string() + " is missing, which holds tensors of " +
                                        onnx.filename().string() + ": copy both"};
    }
    if (bytes < file.bytes) {
      return Error{Code::kDataLoss, path.string() + " has " + std::to_string(bytes) +
                                        " bytes; the tensors of " + onnx.filename().string() +
                                        " need " + std::to_string(file.bytes)};
    }
  }
  return {};
}

}  // namespace

Result<void> CheckWhole(const fs::path& version) {
  std::error_code failed;
  if (fs::is_directory(version, failed)) {
    if (const auto read = model::ReadSavedModelDir(version); !read) return read.error();
    auto checked = model::CheckVariables(version);
    // A compressed index says nothing about its shards; the engine and the self-test do.
    if (!checked && checked.error().code == Code::kUnimplemented) return {};
    return checked;
  }
  const std::uintmax_t bytes = fs::file_size(version, failed);
  if (failed) return Error{Code::kDataLoss, version.string() + ": " + failed.message()};
  if (bytes == 0) return Error{Code::kDataLoss, version.string() + " is empty"};
  if (version.extension() == ".onnx") return CheckExternalFiles(version);
  if (version.extension() != ".xml") return {};
  const fs::path weights = fs::path(version).replace_extension(".bin");
  const std::uintmax_t weight_bytes = fs::file_size(weights, failed);
  if (failed) return Error{Code::kDataLoss, weights.string() + " is missing"};
  if (weight_bytes == 0) return Error{Code::kDataLoss, weights.string() + " is empty"};
  return {};
}

}  // namespace credence::serving
