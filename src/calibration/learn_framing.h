// LearnFraming measures how the pictures of a data set are made: their background, and whether each
// is one object, cut out and centred. Pictures of requests are then framed in the same way.
//
// Threads: pure function.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "calibration/progress.h"
#include "data/dataset.h"
#include "image/input_contract.h"

namespace credence::calibration {

// A share to the four digits that input.json gives it: more are not known.
double RoundedShare(double share);

struct LearnedFraming {
  std::int64_t pictures = 0;      // that were looked at
  double uniform_share = 0;       // of them whose border is uniform and has the usual level
  std::optional<int> background;  // 0..255; nullopt: the border is not uniform in 95 % of them
  image::Framing framing = image::Framing::kWhole;
  image::ObjectFraming object;  // for kObject
  // Medians over the pictures with a uniform border, as shares of the shorter side.
  double longest_side = 0, stroke_width = 0;
  double stable_share = 0;  // of them whose longest side is within 20 % of the median
  double offset_mass = 0;   // mean distance of the centre of mass from the middle
  double offset_box = 0;    // the same of the middle of the content's box
};

// channels: the contract's. Framing `object` works on grey strokes: it is chosen only for pictures
// made of strokes, of a stable size, in the middle of a uniform background, and not when the model
// sees colours that the pictures have.
// Looks at up to 2000 pictures, evenly over the set. Errors: RowReader::Read's.
Result<LearnedFraming> LearnFraming(const data::Dataset& dataset, int channels,
                                    const Progress& progress);

}  // namespace credence::calibration
