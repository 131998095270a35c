// Load turns a version's directory into a Predictor that has proved that it works.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/model.h"
#include "predictor/golden.h"
#include "predictor/predictor.h"
#include "predictor/version_files.h"

namespace credence::predictor {

// Threads that run predictions. Lane i of a predictor is one thread's: first the I/O threads, those
// of HTTP before those of gRPC, then the compute threads.
struct Lanes {
  int io = 0;
  int grpc = 0;  // of `io`, the last
  int compute = 1;
  // A model whose run takes longer for one input gets no runner on I/O lanes.
  std::chrono::nanoseconds inline_cost_max = std::chrono::milliseconds(1);

  int count() const { return io + compute; }
  // The slots of the model's sessions, and that of a lane. A compute lane has one of its own. Lane
  // i of gRPC shares that of lane i of HTTP, so that the one of the two that nobody uses costs no
  // compiled model; they may wait for each other when both run the same model at once.
  int slots() const { return compute + std::max(io - grpc, grpc); }
  int SlotOf(int lane) const {
    if (lane >= io) return lane - io;
    const int http = io - grpc;
    return compute + (lane < http ? lane : lane - http);
  }
};

struct LoadOptions {
  Lanes lanes;
  int batch_max = 64;  // inputs a Run, 1..64
  int samples = 10;    // passes a picture of a stochastic model, 1..64
  bool bf16 = false;
  bool allow_unassessed = false;  // serve without reliability a version whose profile is refused
  bool golden = true;             // refuse a version that answers its golden inputs differently
  image::DecodeLimits decode_limits;
  ContractOverrides overrides;  // of the flags: over input.json, over the signature
};

// Contract of a model: the graph's shape, type and range, and what the overrides say.
// Errors: kInvalidArgument - the overrides do not fit, e.g. a label count that is not the classes'.
Result<image::InputContract> MakeContract(const model::InputSpec& input,
                                          const ContractOverrides& overrides);

// What is guessed of a model's pictures and scores under these overrides: one clause each, with the
// flag that settles it. A profile settles all of it, because it was measured with it.
std::vector<std::string> Assumptions(const model::PictureView& view,
                                     const image::InputContract& contract,
                                     const ContractOverrides& overrides);

// What the engine is told to load a version. REQUIRES: `overrides` are the version's and the
// flags'.
model::LoadOptions EngineOptions(const LoadOptions& options, const ContractOverrides& overrides);

// What a version keeps beside its model.
struct Kept {
  std::optional<reliability::Profile> profile;
  std::optional<SimilarIndex> similar;
  KeptPages pages;
  Golden golden;             // no inputs: there are none
  std::string profile_seal;  // of the version's profile; empty: it has none
  std::string warning;
};

// A predictor that has proved that it works, and the runners that proved it.
struct Loaded {
  std::shared_ptr<const Predictor> predictor;
  // One a lane; null on the I/O lanes of a heavy model. The last is never null.
  std::vector<std::unique_ptr<Runner>> runners;
  std::chrono::nanoseconds run_cost{0};  // of one input, the shortest of a few runs

  Runner& last() const { return *runners.back(); }
};

// Where a version lies and what it is called.
struct VersionPlace {
  std::string name;
  std::int64_t version = 1;
  std::filesystem::path path = {};  // a SavedModel directory, an .onnx or an .xml file
};

// Wraps a model that is there already: contract, runners, self-test.
// Self-test: one runner answers a blank and seven patterned pictures, alone and in a full batch,
// with finite scores and a distribution over the classes; every other runner answers one of them. A
// model without random operations gives the same answer each time (1e-4). Then the golden inputs,
// if there are any. A model that is no picture classifier is only run once. Errors: kInternal - the
// self-test failed, saying where; kInvalidArgument - as MakeContract;
//         kFailedPrecondition - a golden input is answered differently.
Result<Loaded> Assemble(const VersionPlace& place, std::shared_ptr<const model::Model> model,
                        Kept kept, const LoadOptions& options, const Clock& clock);

// Reads the version's files and assembles it.
// Errors: also Engine::Load's, and those of golden.h and similar.h.
Result<Loaded> Load(const model::Engine& engine, const VersionPlace& place,
                    const LoadOptions& options, const Clock& clock);

}  // namespace credence::predictor
