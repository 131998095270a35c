// What TensorFlow Serving's REST API tells of a model: status and metadata. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/signature.h"
#include "predictor/predictor.h"
#include "serving/catalog.h"

namespace credence::api::tfs {

// {"model_version_status": [{"version", "state", "status"}, …]}, highest version first.
// `only`: that version alone; 0: all. REQUIRES: it is there.
void WriteStatus(const serving::ServedPredictor& predictor, std::int64_t only, std::string& out);

// {"model_spec": …, "metadata": {"signature_def": …}} with all signatures of the file.
void WriteMetadata(const predictor::Predictor& predictor, std::string& out);

// A signature as protobuf's text, in one line, for messages.
std::string SignatureText(const model::SignatureDef& signature);

// What a SavedModel's file says of its signatures; of ONNX and IR one "serving_default" made of the
// model's tensors.
std::vector<model::SignatureDef> SignaturesOf(const predictor::Predictor& predictor);

}  // namespace credence::api::tfs
