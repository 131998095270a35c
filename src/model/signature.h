// ReadSignature reads the signatures of a SavedModel without an engine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::model {

inline constexpr std::string_view kServeTag = "serve";  // of the MetaGraph that is read
inline constexpr std::string_view kDefaultSignature = "serving_default";
// Of saved_model.pb: protobuf's own limit.
inline constexpr std::uintmax_t kSavedModelBytesMax = 2'147'483'647;

struct TensorInfo {
  std::string key;   // its name in the signature: "input_1"
  std::string name;  // the graph's tensor: "serving_default_input_1:0"
  int dtype = 0;     // TensorFlow's DataType number: 1 float, 4 uint8, …
  bool unknown_rank = false;
  std::vector<std::int64_t> shape;  // -1 = free
};

// TensorFlow's name of a DataType number: "DT_FLOAT"; "DT_<n>" when unknown.
std::string DataTypeName(int dtype);

struct SignatureDef {
  std::string key;                  // "serving_default"
  std::string method_name;          // "tensorflow/serving/predict"
  std::vector<TensorInfo> inputs;   // sorted by key
  std::vector<TensorInfo> outputs;  // sorted by key
};

struct SavedModelInfo {
  std::vector<std::string> tags;         // of the MetaGraph that was chosen ("serve")
  std::string tensorflow_version;        // as it claims, may be empty
  std::vector<SignatureDef> signatures;  // sorted by key; __saved_model_init_op left out
  std::optional<SignatureDef> init_op;   // that one, which nobody can ask; TensorFlow lists it, too
  std::vector<std::string> ops;          // distinct op names in graph and functions, sorted
  std::vector<std::string> assets;       // files in assets/ that the graph uses, sorted
};

// Reads the MetaGraph with the tag "serve".
// Errors: kDataLoss - not a SavedModel protobuf; kInvalidArgument - no MetaGraph tagged "serve".
Result<SavedModelInfo> ReadSavedModel(std::span<const std::uint8_t> saved_model_pb);

}  // namespace credence::model
