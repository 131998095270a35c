// The bodies of TensorFlow Serving's REST predictions. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/tensor/outputs.h"
#include "base/result.h"
#include "serving/request.h"

namespace credence::api::tfs {

struct PredictionForm {
  bool row = false;          // "predictions", a value a row; else "outputs"
  bool reliability = false;  // with "reliability": verdict, confidence, familiarity and set
  std::vector<std::string> filter = {};  // outputs in that order, "credence/verdict" among them
};

// {"predictions": …} or {"outputs": …}: of one output its value, of several objects by name.
// Errors: kInvalidArgument - outputs that have no rows, or another number of them, asked for by
//         row; a name in the filter that is no output.
Result<void> WritePredictions(const serving::Reply& reply, const tensor::Outputs& outputs,
                              const PredictionForm& form, std::string& out);

// {"results": [[["label", 0.9], …], …]} of the outputs "scores" and "classes", one of which may be
// missing; labels are numbers as they are.
// Errors: kInternal - they have no rows, or different numbers of them.
Result<void> WriteClasses(const tensor::Outputs& outputs, std::string& out);
// {"results": [3.5, …]} of "outputs", [rows] or [rows, 1].
// Errors: kInternal - another shape.
Result<void> WriteValues(const tensor::Outputs& outputs, std::string& out);

}  // namespace credence::api::tfs
