// Finds the picture among a graph's inputs. OpenVINO's exceptions may pass through.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <openvino/core/model.hpp>

#include "base/result.h"
#include "model/model.h"

namespace credence::model {

struct Picture {
  InputSpec spec;
  int fixed_batch = 0;                    // 0: any number of examples
  std::vector<std::string> assumed = {};  // see PictureView::assumed
};

// Finds the one input and reads it as a picture: [n, H, W], [n, H, W, C] or [n, C, H, W] with fixed
// sides of 4 px or more and 1 or 3 channels, or [n, H * W] with H = W of 8 px or more. `size` says
// what the shape leaves open, and how the values of [n, H * W * C] lie.
// Errors: kInvalidArgument - several inputs, none that is a picture, or one of another size; the
//         message lists them and says which flag helps.
Result<Picture> FindPicture(const ov::Model& model, const std::optional<InputSize>& size);

// Gives the open sides of the input the lengths of `size`. Leaves alone an input that they do not
// fit: FindPicture says so.
void FixSides(ov::Model& model, const InputSize& size);

}  // namespace credence::model
