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

namespace credence::predictor {

// What a user may say about a model's input. The rest comes from the signature or is the default
// (range 0..1 for a float input, 0..255 for uint8; framing whole).
struct ContractOverrides {
  std::optional<image::ValueRange> range;
  std::optional<image::Framing> framing;
  std::optional<image::Fit> fit;
  std::optional<image::ObjectFraming> object;
  std::optional<int> background;  // 0..255
  std::vector<std::string> labels;
};

// "0..1", "0..255", "-1..1" or any LOW..HIGH: the values that black (0) and white (255) become.
Result<image::ValueRange> ParseRange(const std::string& text);
Result<image::Framing> ParseFraming(const std::string& text);  // "whole", "object"
Result<image::Fit> ParseFit(const std::string& text);          // "stretch", "contain", "cover"
Result<int> ParseBackground(const std::string& text);          // "black", "white" or 0..255

// Reads input.json (docs/operations.md, "Version files"); empty overrides when there is none.
// Errors: kInvalidArgument - unknown key or value, naming it; kDataLoss - not JSON.
Result<ContractOverrides> ReadInputJson(const std::filesystem::path& version);

// The same from the text of such a file.
Result<ContractOverrides> ParseInputJson(std::string_view text);

// One label a line; trailing empty lines are ignored.
Result<std::vector<std::string>> ReadLabels(const std::filesystem::path& file);

// `over` where it says something, else `under`.
ContractOverrides Merge(ContractOverrides over, const ContractOverrides& under);

}  // namespace credence::predictor
