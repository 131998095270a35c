// What `calibrate` and `evaluate` share: how they are told of data, open it, and show progress.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "calibration/progress.h"
#include "data/dataset.h"
#include "image/decode.h"

namespace CLI {
class App;
}

namespace credence::cli {

struct DataFlags {
  std::string data, split, rows;
};

void AddDataFlags(CLI::App& verb, DataFlags& flags);

struct OpenRequest {
  std::vector<std::string> classes = {};  // the model's class names; empty: not known
  bool labelled = true;
  image::DecodeLimits decode_limits;
};

// Opens the data set; prefers t10k where there are several splits. Prints its notes to stderr.
// Class names of the model decide about labels that are names; numbers stand for themselves.
// Errors: data::Open's.
Result<data::Dataset> OpenData(const DataFlags& flags, const OpenRequest& request);

// A line that is written over on a terminal's stderr; nothing in a pipe.
calibration::Progress TerminalProgress();

}  // namespace credence::cli
