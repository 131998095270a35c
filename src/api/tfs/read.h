// The bodies of TensorFlow Serving's REST requests. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/tensor/inputs.h"
#include "base/result.h"
#include "predictor/predictor.h"

namespace credence::api::tfs {

// The keys of a :predict body. Views into it.
struct PredictBody {
  std::string signature;  // empty: not said
  bool row = false;       // "instances"; else "inputs"
  std::string_view values;
  std::vector<std::string> output_filter;  // names of outputs that are wanted; empty: all
};

// Of a :classify or :regress body.
struct ExamplesBody {
  std::string signature;
  std::string_view examples;
  std::string_view context;  // empty: none
};

// Only looks at what stands at the top; what `values` holds is checked when it is read.
// Errors: kInvalidArgument, as TensorFlow Serving words them.
Result<PredictBody> ReadPredictBody(std::string_view body);
// `method`: "classify" or "regress", for errors.
Result<ExamplesBody> ReadExamplesBody(std::string_view body, std::string_view method);

using Kept = std::vector<std::vector<std::uint8_t>>;

// The tensors of `body`, with the names and types of the predictor's inputs. {"b64": …} is a
// picture file for a picture classifier, which `kept` keeps.
// Errors: kInvalidArgument - the values are not JSON, not of the type, or ragged; names are missing
//         or unknown.
Result<void> ReadValues(const PredictBody& body, const predictor::Predictor& predictor,
                        tensor::SentTensors& sent, Kept& kept);

// The only feature of each example, as rows of the predictor's only input.
// Errors: as ReadValues; "Example must be JSON object but got JSON Number".
Result<void> ReadExamples(const ExamplesBody& body, const predictor::Predictor& predictor,
                          tensor::SentTensors& sent, Kept& kept);

}  // namespace credence::api::tfs
