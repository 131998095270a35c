// Which files make a model: all that an engine reads to load it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace credence::model {

// A file beside an ONNX model that holds some of its tensors.
struct ExternalFile {
  std::string name;         // relative to the model's folder
  std::uint64_t bytes = 0;  // that it has at least

  friend bool operator==(const ExternalFile&, const ExternalFile&) = default;
};

// The files that the tensors of an ONNX model refer to, sorted by name, each once.
// Errors: kUnavailable - it cannot be read; kDataLoss - it is no ONNX protobuf; kInvalidArgument -
//         a reference leads out of the model's folder.
Result<std::vector<ExternalFile>> ExternalFiles(const std::filesystem::path& onnx);

// The files of a version, a SavedModel folder, an .onnx or an .xml file: saved_model.pb, those in
// variables/ and those of assets/ that the graph uses; the .onnx and its external files; the .xml
// and its .bin. What is missing, if it is not the first, is left out.
// Errors: those of ExternalFiles; kUnavailable - what is there cannot be told.
Result<std::vector<std::filesystem::path>> ModelFiles(const std::filesystem::path& version);

// How to make a model of a file in a format that is not read, such as Keras's .h5: a sentence for
// an error. Empty: the name is not of such a format.
std::string HowToExport(const std::filesystem::path& file);

}  // namespace credence::model
