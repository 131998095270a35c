// The model configuration file of TensorFlow Serving: what is served, from where, under which
// names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "serving/labels.h"
#include "serving/model_source.h"

namespace credence::cli {

struct ModelConfig {
  std::vector<serving::ModelSource> sources;  // at least one
  std::vector<serving::LabelFlag> labels;
  std::vector<std::string> notes;  // what is passed over, a sentence each
};

// Reads the text form of tensorflow.serving.ModelServerConfig, or JSON: protobuf's, or OpenVINO
// Model Server's, whose list holds {"config": {…}}.
// Errors: kInvalidArgument - not such a text ("Error parsing text-format
//         tensorflow.serving.ModelServerConfig: LINE:COLUMN: …"), a model without a name or an
//         absolute path, one that is named twice, no models at all.
Result<ModelConfig> ParseModelConfig(std::string_view text);

// Errors: also those of reading it, naming the file. At most 4 MiB.
Result<ModelConfig> ReadModelConfig(const std::string& file);

// The path in the text of a monitoring configuration file; empty: it is not enabled.
// Errors: kInvalidArgument - not such a text, or no path.
Result<std::string> ParseMonitoringConfig(std::string_view text);

}  // namespace credence::cli
