#include "predictor/version_files.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "base/read_file.h"
#include "image/placement.h"
#include "predictor/profile_file.h"

namespace credence::predictor {
namespace {

using Json = nlohmann::json;

constexpr char kInputJson[] = "input.json";
constexpr std::uintmax_t kInputJsonBytesMax = 1 << 20;
constexpr std::size_t kLabelsMax = 1000;
constexpr std::size_t kLabelBytesMax = 200;
constexpr std::uintmax_t kLabelsFileBytesMax = 1 << 20;

std::optional<float> ParseFloat(std::string_view text) {
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<std::vector<std::string>> CheckLabels(std::vector<std::string> labels) {
  if (labels.size() > kLabelsMax) {
    return Invalid(std::to_string(labels.size()) + " labels; the limit is 1000");
  }
  for (const std::string& label : labels) {
    if (label.empty()) return Invalid("a label is empty");
    if (label.size() > kLabelBytesMax) {
      return Invalid("a label has " + std::to_string(label.size()) + " bytes; the limit is 200");
    }
  }
  return labels;
}

Result<image::ObjectSpread> ParseSpread(const Json& json) {
  image::ObjectSpread spread;
  for (std::size_t i = 0; i < spread.size(); ++i) {
    const std::string name(image::PlacementName(i));
    const Json range = json.value(name, Json());
    const bool pair = range.is_array() && range.size() == 2 && range[0].is_number() &&
                      range[1].is_number() && range[0] <= range[1];
    if (!pair) {
      return Invalid("object.spread." + name + " is " + range.dump() + "; it must be [LOW, HIGH]");
    }
    spread[i] = {range[0].get<float>(), range[1].get<float>()};
  }
  if (json.size() != spread.size()) {
    return Invalid("object.spread has " + std::to_string(json.size()) + " keys; known are " +
                   std::to_string(spread.size()));
  }
  return spread;
}

Result<image::ObjectFraming> ParseObject(const Json& json) {
  image::ObjectFraming object;
  for (const auto& [key, value] : json.items()) {
    if (key == "longest_side_share" && value.is_number()) {
      object.longest_side_share = value.get<float>();
      if (!(object.longest_side_share > 0 && object.longest_side_share <= 1)) {
        return Invalid("object.longest_side_share is " + value.dump() + "; it must be in (0, 1]");
      }
    } else if (key == "centring" && (value == "mass" || value == "box")) {
      object.centring = value == "mass" ? image::Centring::kMass : image::Centring::kBox;
    } else if (key == "stroke_width_share" && value.is_number()) {
      object.stroke_width_share = value.get<float>();
      if (!(*object.stroke_width_share > 0 && *object.stroke_width_share <= 0.5f)) {
        return Invalid("object.stroke_width_share is " + value.dump() + "; it must be in (0, 0.5]");
      }
    } else if (key == "spread" && value.is_object()) {
      auto spread = ParseSpread(value);
      if (!spread) return spread.error();
      object.spread = *spread;
    } else {
      return Invalid("object." + key + ": " + value.dump() +
                     " is not understood; known are longest_side_share, centring (mass, box), "
                     "stroke_width_share, spread");
    }
  }
  return object;
}

// Sets one key of input.json.
Result<void> Apply(const std::string& key, const Json& value, ContractOverrides& out) {
  const auto text = [&] { return value.is_string() ? value.get<std::string>() : value.dump(); };
  if (key == "schema") {
    if (value != 1) return Invalid("schema is " + value.dump() + "; this build reads 1");
  } else if (key == "range") {
    auto range = ParseRange(text());
    if (!range) return range.error();
    out.range = *range;
  } else if (key == "framing") {
    auto framing = ParseFraming(text());
    if (!framing) return framing.error();
    out.framing = *framing;
  } else if (key == "fit") {
    auto fit = ParseFit(text());
    if (!fit) return fit.error();
    out.fit = *fit;
  } else if (key == "background") {
    auto background = ParseBackground(text());
    if (!background) return background.error();
    out.background = *background;
  } else if (key == "channel_order") {
    auto order = ParseChannelOrder(text());
    if (!order) return order.error();
    out.channel_order = *order;
  } else if (key == "input_size") {
    auto size = ParseInputSize(text());
    if (!size) return size.error();
    out.input_size = *size;
  } else if (key == "scores") {
    auto scores = ParseScores(text());
    if (!scores) return scores.error();
    out.scores = *scores;
  } else if (key == "signature" && value.is_string()) {
    out.signature = text();
  } else if (key == "object" && value.is_object()) {
    auto object = ParseObject(value);
    if (!object) return object.error();
    out.object = *object;
  } else if (key == "labels" && value.is_array()) {
    std::vector<std::string> labels;
    for (const Json& label : value) {
      labels.push_back(label.is_string() ? label.get<std::string>() : label.dump());
    }
    auto checked = CheckLabels(std::move(labels));
    if (!checked) return checked.error();
    out.labels = *std::move(checked);
  } else if (key != "provenance") {
    return Invalid("unknown key or type: \"" + key +
                   "\"; known are schema, range, framing, fit, background, object, labels, "
                   "channel_order, input_size, scores, signature, provenance");
  }
  return {};
}

}  // namespace

Result<image::ValueRange> ParseRange(const std::string& text) {
  const std::size_t dots = text.find("..");
  const auto low =
      dots == std::string::npos ? std::nullopt : ParseFloat(std::string_view(text).substr(0, dots));
  const auto high = dots == std::string::npos ? std::nullopt
                                              : ParseFloat(std::string_view(text).substr(dots + 2));
  if (!low || !high || *low == *high) {
    return Invalid("range \"" + text + "\" is not LOW..HIGH; examples: 0..1, 0..255, -1..1");
  }
  return image::MakeRange(text, *low, *high);
}

Result<image::Framing> ParseFraming(const std::string& text) {
  if (text == "whole") return image::Framing::kWhole;
  if (text == "object") return image::Framing::kObject;
  return Invalid("framing \"" + text + "\" is not known; use whole or object");
}

Result<image::Fit> ParseFit(const std::string& text) {
  if (text == "stretch") return image::Fit::kStretch;
  if (text == "contain") return image::Fit::kContain;
  if (text == "cover") return image::Fit::kCover;
  return Invalid("fit \"" + text + "\" is not known; use stretch, contain or cover");
}

Result<int> ParseBackground(const std::string& text) {
  if (text == "black") return 0;
  if (text == "white") return 255;
  int level = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), level);
  if (error != std::errc() || end != text.data() + text.size() || level < 0 || level > 255) {
    return Invalid("background \"" + text + "\" is not black, white or a level 0..255");
  }
  return level;
}

Result<image::ChannelOrder> ParseChannelOrder(const std::string& text) {
  if (text == "rgb") return image::ChannelOrder::kRgb;
  if (text == "bgr") return image::ChannelOrder::kBgr;
  return Invalid("channel order \"" + text + "\" is not known; use rgb or bgr");
}

Result<model::InputSize> ParseInputSize(const std::string& text) {
  constexpr std::size_t kNumbersMax = 3;
  std::vector<int> numbers;
  for (const char* at = text.data(); numbers.size() <= kNumbersMax;) {
    const auto [end, error] =
        std::from_chars(at, text.data() + text.size(), numbers.emplace_back());
    if (error != std::errc() || numbers.back() < 1) {
      numbers.clear();
      break;
    }
    if (end == text.data() + text.size()) break;
    if (*end != 'x') numbers.resize(kNumbersMax + 1);
    at = end + 1;
  }
  const auto channels = [](int n) { return n == 1 || n == 3; };
  if (numbers.size() == 2) return model::InputSize{.height = numbers[0], .width = numbers[1]};
  if (numbers.size() == 3 && channels(numbers[2])) {
    return model::InputSize{.height = numbers[0], .width = numbers[1], .channels = numbers[2]};
  }
  if (numbers.size() == 3 && channels(numbers[0])) {
    return model::InputSize{.height = numbers[1],
                            .width = numbers[2],
                            .channels = numbers[0],
                            .layout = image::Layout::kNchw};
  }
  return Invalid("input size \"" + text +
                 "\" is not HEIGHTxWIDTH, HEIGHTxWIDTHxCHANNELS or CHANNELSxHEIGHTxWIDTH with 1 or "
                 "3 channels; examples: 28x28, 32x32x3");
}

Result<model::ScoreKind> ParseScores(const std::string& text) {
  std::string name = text;
  std::ranges::replace(name, '-', '_');
  if (const auto kind = model::ParseScoreKind(name)) return *kind;
  return Invalid("scores \"" + text +
                 "\" are not known; use probabilities, log_probabilities, logits or sigmoids");
}

Result<std::optional<std::string>> ReadInputJsonText(const std::filesystem::path& version) {
  return ReadTextIfThere(AssetsOf(version) / kInputJson, kInputJsonBytesMax);
}

Result<ContractOverrides> ReadInputJson(const std::filesystem::path& version) {
  const auto text = ReadInputJsonText(version);
  if (!text) return text.error();
  if (!*text) return ContractOverrides{};
  auto overrides = ParseInputJson(**text);
  if (!overrides) return Annotate(overrides.error(), (AssetsOf(version) / kInputJson).string());
  return overrides;
}

Result<ContractOverrides> ParseInputJson(std::string_view text) {
  if (IsTooDeep(text)) return Error{Code::kDataLoss, std::string(kJsonTooDeep)};
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Error{Code::kDataLoss, "not a JSON object"};
  ContractOverrides overrides;
  for (const auto& [key, value] : json.items()) {
    if (auto applied = Apply(key, value, overrides); !applied) return applied.error();
  }
  return overrides;
}

Result<std::vector<std::string>> ReadLabels(const std::filesystem::path& file) {
  auto text = ReadTextFile(file, kLabelsFileBytesMax);
  if (!text) return Annotate(text.error(), "the labels file");
  std::istringstream in(*std::move(text));
  std::vector<std::string> labels;
  for (std::string line; std::getline(in, line) && labels.size() <= kLabelsMax;) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    labels.push_back(std::move(line));
  }
  while (!labels.empty() && labels.back().empty()) labels.pop_back();
  if (labels.empty()) return Invalid(file.string() + " holds no label");
  auto checked = CheckLabels(std::move(labels));
  if (!checked) return Annotate(checked.error(), file.string());
  return checked;
}

ContractOverrides Merge(ContractOverrides over, const ContractOverrides& under) {
  if (!over.range) over.range = under.range;
  if (!over.framing) over.framing = under.framing;
  if (!over.fit) over.fit = under.fit;
  if (!over.object) over.object = under.object;
  if (!over.background) over.background = under.background;
  if (over.labels.empty()) over.labels = under.labels;
  if (!over.channel_order) over.channel_order = under.channel_order;
  if (!over.input_size) over.input_size = under.input_size;
  if (!over.scores) over.scores = under.scores;
  if (over.signature.empty()) over.signature = under.signature;
  return over;
}

}  // namespace credence::predictor
