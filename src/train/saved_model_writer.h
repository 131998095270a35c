// WriteSavedModel writes a trained network as a TensorFlow SavedModel: a frozen graph (weights are
// constants, no variables/), one MetaGraph tagged "serve", signature "serving_default".
//
//   input    image          [-1, height, width, channels]  float32 or uint8, by ElementType
//   outputs  probabilities  [-1, classes]  softmax of the logits
//            logits         [-1, classes]
//            features       [-1, n]        what enters the head: the penultimate layer
//
// TensorFlow, TensorFlow Serving's loader and OpenVINO load it. No code of TensorFlow is used.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "train/frozen_net.h"

namespace credence::train {

enum class InputElement {
  kFloat32,  // levels scaled to 0..1 by the caller
  kUint8,    // levels 0..255; the graph scales
};

// The bytes of saved_model.pb; the same network gives the same bytes.
// REQUIRES: the layers fit each other and the last is a FrozenDense.
std::string EncodeSavedModel(const FrozenNet& net, InputElement element);

// Writes `directory`/saved_model.pb; the directory must be there.
// Errors: kUnavailable - it cannot be written.
Result<void> WriteSavedModel(const FrozenNet& net, InputElement element,
                             const std::filesystem::path& directory);

}  // namespace credence::train
