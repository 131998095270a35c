// The model configuration of TensorFlow Serving, in a file or a call: what is served, from where,
// under which names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/model_source.h"

namespace tensorflow::serving {
class ModelServerConfig;
}

namespace credence::api::tfs {

struct ModelConfig {
  serving::Configuration served;   // at least one source
  std::vector<std::string> notes;  // what is passed over, a sentence each
};

// Errors: kInvalidArgument - a model without a name or an absolute path, one that is named twice,
//         another platform, no models at all, or a configuration of another kind.
Result<ModelConfig> ToModelConfig(const tensorflow::serving::ModelServerConfig& config);

// Reads the text form of tensorflow.serving.ModelServerConfig, or JSON: protobuf's, or OpenVINO
// Model Server's, whose list holds {"config": {…}}.
// Errors: kInvalidArgument - not such a text ("Error parsing text-format
//         tensorflow.serving.ModelServerConfig: LINE:COLUMN: …"), and those of ToModelConfig.
Result<ModelConfig> ParseModelConfig(std::string_view text);

// Errors: also those of reading it, naming the file. At most 4 MiB.
Result<ModelConfig> ReadModelConfig(const std::string& file);

// The path in the text of a monitoring configuration file; empty: it is not enabled.
// Errors: kInvalidArgument - not such a text, or no path.
Result<std::string> ParseMonitoringConfig(std::string_view text);

}  // namespace credence::api::tfs
