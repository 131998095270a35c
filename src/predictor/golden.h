// Golden inputs: a few pictures with the answers that the version gave when it was calibrated. The
// server runs them at load and refuses a version that now answers differently.
//
// Compared, with `t` = 0.001, or 0.05 when one of the two is computed in bfloat16:
//   every model          the class, and the raw score within t (of 1, or of its size above 1)
//   with a profile       also the probabilities within t; and in float32 confidence and familiarity
//                        within 0.01, and the verdict
//   a model that answers at random   the class, and the raw score within 0.25
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "predictor/predictor.h"
#include "predictor/sealed_file.h"

namespace credence::predictor {

inline constexpr std::size_t kGoldenMax = 10;
inline constexpr std::uintmax_t kGoldenBytesMax = 4 << 20;

struct GoldenInput {
  Blob png;  // the canonical picture
  int label = 0;
  float raw_score = 0;
  std::vector<float> prediction;
  float confidence = 0;
  float familiarity = 0;
  std::string verdict;  // reliability::VerdictName
};

// assets.extra/credence/golden.inputs.
struct Golden {
  std::string profile;  // ProfileSeal of the profile that the answers were made with
  bool random = false;  // the model answers at random
  bool bf16 = false;    // the answers were computed in bfloat16
  std::vector<GoldenInput> inputs;
};

// Those of the version's profile, whose seal is `seal` (ProfileSeal; empty: it has none). nullopt:
// there is none. Errors: kDataLoss, kFailedPrecondition - with the reason; those of ReadIfThere.
Result<std::optional<Golden>> ReadGolden(const std::filesystem::path& version,
                                         const std::string& seal);
// Writes it as the next (sealed_file.h), which SettleGolden puts in its place; no inputs: there are
// to be none. Errors: kUnavailable - the disk.
Result<void> WriteGolden(const std::filesystem::path& version, const Golden& golden);
Result<void> SettleGolden(const std::filesystem::path& version);

// Lets the predictor answer about `candidates` (canonical) and keeps up to kGoldenMax whose answers
// are clear: new classes and verdicts first, and none so near a threshold that rounding decides.
// Leaves `profile` empty.
// Errors: kInternal - the engine failed. REQUIRES: the predictor has a profile.
Result<Golden> MakeGolden(const Predictor& predictor, Runner& runner,
                          std::span<const image::Pixels> candidates);

struct GoldenOptions {
  std::string profile_seal;  // of the version's profile; empty: it has none
  bool bf16 = false;         // the engine computes in bfloat16
};

// Runs all inputs.
// Errors: kFailedPrecondition - an answer differs (naming the input, the expected and the actual
//         value), or the answers were made with another profile; kDataLoss - a damaged picture.
Result<void> RunGolden(const Predictor& predictor, Runner& runner, const Golden& golden,
                       const GoldenOptions& options);

}  // namespace credence::predictor
