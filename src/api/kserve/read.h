// Inference requests of KServe's V2 REST protocol. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/kserve/binary.h"
#include "api/tensor/inputs.h"
#include "base/result.h"
#include "predictor/predictor.h"

namespace credence::api::kserve {

struct WantedOutput {
  std::string name;
  std::optional<bool> binary;  // nullopt: as the request says of all
  std::uint64_t classes = 0;   // as "value:index:label", the highest so many; 0: as it is
};

// What the answer depends on.
struct InferAsked {
  std::optional<std::string> id;
  bool binary = false;                // every output that does not say otherwise
  std::vector<WantedOutput> outputs;  // empty: all

  void Clear();
};

using Kept = std::vector<std::vector<std::uint8_t>>;

// `sent` borrows the bytes of texts from `parts`, or `kept`.
// Errors: kInvalidArgument - saying what is wrong, with the name of the input.
Result<void> ReadInfer(const Parts& parts, const predictor::Predictor& predictor, InferAsked& asked,
                       tensor::SentTensors& sent, Kept& kept);

}  // namespace credence::api::kserve
