// Load turns a version's directory into a Predictor that has proved that it works.
#pragma once

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "model/model.h"
#include "predictor/predictor.h"
#include "predictor/version_files.h"

namespace credence::predictor {

struct LoadOptions {
  int lanes = 1;       // threads that may call Run
  int batch_max = 64;  // pictures a Run, 1..64
  int samples = 10;    // passes a picture of a stochastic model, 1..64
  bool bf16 = false;
  bool allow_unassessed = false;  // serve without reliability a version whose profile is refused
  image::DecodeLimits decode_limits;
  ContractOverrides overrides;  // of the flags: over input.json, over the signature
};

// Contract of a model: the signature's shape and type, and what the overrides say.
// Errors: kInvalidArgument - the overrides do not fit, e.g. a label count that is not the classes'.
Result<image::InputContract> MakeContract(const model::InputSpec& input,
                                          const ContractOverrides& overrides);

// Wraps a model that is there already: contract, sessions, self-test.
// Self-test: every lane answers a blank and a patterned picture, alone and in a full batch, with
// finite scores; a model without random operations gives the same answer each time (1e-4).
// Errors: kInternal - the self-test failed, saying where; kInvalidArgument - as MakeContract.
Result<std::shared_ptr<Predictor>> Assemble(std::string name, int version,
                                            std::unique_ptr<model::Model> model,
                                            std::optional<reliability::Profile> profile,
                                            const LoadOptions& options, const Clock& clock);

// Where a version lies and what it is called.
struct VersionPlace {
  std::string name;
  int version = 1;
  std::filesystem::path path;  // a SavedModel directory, an .onnx or an .xml file
};

// Reads the version's files, assembles it, and lets it answer its golden inputs.
// Errors: also Engine::Load's, and those of golden.h and similar.h.
Result<std::shared_ptr<Predictor>> Load(const model::Engine& engine, const VersionPlace& place,
                                        const LoadOptions& options, const Clock& clock);

}  // namespace credence::predictor
