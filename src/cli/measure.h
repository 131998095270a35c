// What `calibrate` and `evaluate` share: how they are told of a version and of data, open both,
// show progress and print what they found.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "base/result.h"
#include "calibration/progress.h"
#include "cli/data_flags.h"
#include "cli/options.h"
#include "data/dataset.h"
#include "image/decode.h"
#include "model/model.h"
#include "report/text.h"

namespace CLI {
class App;
}

namespace credence::cli {

struct DataFlags {
  std::string data = {}, split = {}, rows = {};
  ReadFlags read = {};
  std::int64_t bad_files_max = 0;
  bool i_know = false;  // that the model was trained on these pictures
};

struct MeasureFlags {
  std::string model, predictor;
  DataFlags data;
  bool json = false;
  ModelFlags input;
};

void AddMeasureFlags(CLI::App& verb, MeasureFlags& flags);

struct OpenRequest {
  std::vector<std::string> classes = {};  // the model's class names; numbers or empty: not known
  int class_count = 0;                    // the model's; 0: not known
  bool labelled = true;
  image::DecodeLimits decode_limits = {};
};

// Returns the classes that a data set's labels stand for, in the model's order.
//   names of classes among the model's     the model's
//   numbers below the model's class count  they are the model's class numbers
//   as many numbers as the model has       in the order of their values; `note` says so
//   words, and the model's are not known   as they are; `note` says so where class_count is known
// Errors: kInvalidArgument - numbers that are none of these.
Result<std::vector<std::string>> MatchClasses(const std::vector<std::string>& found,
                                              const OpenRequest& request, std::string& note);

// Opens the data set; prefers t10k where there are several splits. Prints its notes to stderr.
// Labels that are texts are matched with the model's class names. What to do where those are not
// known, or are words and the labels are numbers, is MatchClasses'.
// Errors: data::Open's; MatchClasses'.
Result<data::Dataset> OpenData(const DataFlags& flags, const OpenRequest& request);

// Errors: kInvalidArgument - the model is no picture classifier.
Result<void> CheckTakesPictures(const std::filesystem::path& version, const model::ModelInfo& info);

// A version's model, ready to be run over a data set. overrides: the flags' over the version's.
// Errors: CheckTakesPictures'; the engine's, naming the version.
Result<std::unique_ptr<model::Model>> LoadModel(const std::filesystem::path& version,
                                                const predictor::LoadOptions& options,
                                                const predictor::ContractOverrides& overrides);

// Prints a report: as JSON, or `heading` and the text for people.
// Found: calibration::Calibration or calibration::Evaluation.
template <class Found>
void PrintReport(const Found& found, const std::string& heading, bool as_json) {
  std::string out;
  if (as_json) {
    JsonWriter json(out);
    report::WriteJson(found, json);
  } else {
    out = heading + "\n" + report::ToText(found);
    out.pop_back();
  }
  std::puts(out.c_str());
}

// A line that is written over on a terminal's stderr; nothing in a pipe.
calibration::Progress TerminalProgress();

}  // namespace credence::cli
