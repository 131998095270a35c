// Options that several verbs share, and how their text becomes what the rooms want.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "predictor/load.h"
#include "serving/repository.h"

namespace CLI {
class App;
}

namespace credence::cli {

// What a model's input looks like and how it is loaded, as the user wrote it.
struct ModelFlags {
  std::string input_range, framing, fit, background, labels;
  std::string input_size, channel_order, scores, signature;
  int samples = 10;
  bool bf16 = false;
  bool allow_unassessed = false;
  long pixels_max = 50'000'000;
  int side_max = 30'000;
};

void AddModelFlags(CLI::App& verb, ModelFlags& flags);

// Errors: kInvalidArgument, kNotFound - a flag's value, named.
Result<predictor::LoadOptions> ToLoadOptions(const ModelFlags& flags);

// The one version to use of what `path` holds: the highest of its only predictor, or of `name`.
struct ChosenVersion {
  std::string name;
  serving::FoundVersion version;
};
Result<ChosenVersion> ChooseVersion(const std::string& path, const std::string& name);

// The environment variable of an option: "io-threads" -> "CREDENCE_IO_THREADS".
std::string EnvironmentName(const std::string& option);

// Where the bundled predictors lie: ../share/credence/predictors seen from the program, else where
// they lay when it was built.
std::string BundledPredictors();

// Prints "credence: MESSAGE" to stderr; returns 1.
int Fail(const Error& error);

}  // namespace credence::cli
