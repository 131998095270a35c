// The files that a version keeps for us, in assets.extra/credence/.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/input_contract.h"
#include "model/model.h"

namespace credence::predictor {

// What a user may say about a model's input and scores. The rest comes from the graph or is the
// default: range 0..1 where the graph says nothing, channels red first, framing whole.
struct ContractOverrides {
  std::optional<image::ValueRange> range;
  std::optional<image::Framing> framing;
  std::optional<image::Fit> fit;
  std::optional<image::ObjectFraming> object;
  std::optional<int> background;  // 0..255
  std::vector<std::string> labels;
  std::optional<image::ChannelOrder> channel_order;
  // What the engine is told when it loads the model; see model::LoadOptions.
  std::optional<model::InputSize> input_size;
  std::optional<model::ScoreKind> scores;
  std::string signature;  // empty: not said
};

// "0..1", "0..255", "-1..1" or any LOW..HIGH: the values that black (0) and white (255) become.
Result<image::ValueRange> ParseRange(const std::string& text);
Result<image::Framing> ParseFraming(const std::string& text);  // "whole", "object"
Result<image::Fit> ParseFit(const std::string& text);          // "stretch", "contain", "cover"
Result<int> ParseBackground(const std::string& text);          // "black", "white" or 0..255
Result<image::ChannelOrder> ParseChannelOrder(const std::string& text);  // "rgb", "bgr"
// "28x28", "32x32x3" (channels together) or "3x32x32" (plane after plane): height before width.
Result<model::InputSize> ParseInputSize(const std::string& text);
// "probabilities", "log_probabilities", "logits", "sigmoids"; '-' for '_' is accepted.
Result<model::ScoreKind> ParseScores(const std::string& text);

// Reads input.json (docs/operations.md, "Version files"); empty overrides when there is none.
// Errors: kInvalidArgument - unknown key or value, naming it; kDataLoss - not JSON.
Result<ContractOverrides> ReadInputJson(const std::filesystem::path& version);

// The file's text; nullopt when there is none. Errors: ReadTextIfThere's (base/read_file.h).
Result<std::optional<std::string>> ReadInputJsonText(const std::filesystem::path& version);

// The overrides in the text of such a file.
Result<ContractOverrides> ParseInputJson(std::string_view text);

// One label a line; trailing empty lines are ignored.
Result<std::vector<std::string>> ReadLabels(const std::filesystem::path& file);

// `over` where it says something, else `under`.
ContractOverrides Merge(ContractOverrides over, const ContractOverrides& under);

}  // namespace credence::predictor
