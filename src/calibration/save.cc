#include "calibration/save.h"

#include <system_error>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "calibration/learn_framing.h"
#include "image/placement.h"
#include "predictor/kept_pages.h"
#include "predictor/profile_file.h"

namespace credence::calibration {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kInputJson[] = "input.json";

double Rounded(float share) { return RoundedShare(static_cast<double>(share)); }

Json SpreadJson(const image::ObjectSpread& spread) {
  Json json = Json::object();
  for (std::size_t i = 0; i < spread.size(); ++i) {
    json[std::string(image::PlacementName(i))] = {Rounded(spread[i].low), Rounded(spread[i].high)};
  }
  return json;
}

Json ObjectJson(const image::ObjectFraming& object) {
  Json json = {{"longest_side_share", Rounded(object.longest_side_share)},
               {"centring", object.centring == image::Centring::kMass ? "mass" : "box"}};
  if (object.stroke_width_share) json["stroke_width_share"] = Rounded(*object.stroke_width_share);
  if (object.spread) json["spread"] = SpreadJson(*object.spread);
  return json;
}

std::string SizeText(const model::InputSize& size) {
  const std::string sides = std::to_string(size.height) + "x" + std::to_string(size.width);
  if (size.channels == 0) return sides;
  const std::string channels = std::to_string(size.channels);
  return size.layout == image::Layout::kNchw ? channels + "x" + sides : sides + "x" + channels;
}

// What was written for a profile that did not come.
void RemoveNext(const std::filesystem::path& version) {
  for (const char* name : {predictor::kSimilarName, predictor::kGoldenName}) {
    std::error_code ignored;
    std::filesystem::remove(predictor::NextOf(predictor::AssetsOf(version) / name), ignored);
  }
}

}  // namespace

Result<std::string> UpdateInputJson(const std::string& before, const Calibration& calibration) {
  if (IsTooDeep(before)) return Error{Code::kDataLoss, "input.json: " + std::string(kJsonTooDeep)};
  Json json = before.empty() ? Json::object() : Json::parse(before, nullptr, false);
  if (!json.is_object()) return Error{Code::kDataLoss, "input.json is not a JSON object"};
  const image::InputContract& contract = calibration.contract;
  json["schema"] = 1;
  // The profile holds the range; input.json says it where it can, for people.
  json.erase("range");
  if (!contract.range.inverted && predictor::ParseRange(contract.range.name)) {
    json["range"] = contract.range.name;
  }
  json.erase("background");
  if (contract.background) json["background"] = *contract.background;
  const bool object = contract.framing == image::Framing::kObject;
  json["framing"] = object ? "object" : "whole";
  json.erase("object");
  if (object) json["object"] = ObjectJson(contract.object);
  const predictor::ContractOverrides& input = calibration.input;
  if (input.channel_order) {
    json["channel_order"] = *input.channel_order == image::ChannelOrder::kBgr ? "bgr" : "rgb";
  }
  if (input.input_size) json["input_size"] = SizeText(*input.input_size);
  if (input.scores) json["scores"] = model::ScoreKindName(*input.scores);
  if (!input.signature.empty()) json["signature"] = input.signature;
  if (!calibration.profile.labels.empty()) json["labels"] = calibration.profile.labels;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<void> Save(const std::filesystem::path& version, const Calibration& calibration) {
  const auto before = predictor::ReadInputJsonText(version);
  if (!before) return before.error();
  const auto text = UpdateInputJson(before->value_or(""), calibration);
  if (!text) return Annotate(text.error(), version.string());
  reliability::Profile profile = calibration.profile;
  profile.input = *text;
  const std::string seal = predictor::SealOf(profile);
  predictor::KnownPictures known = calibration.known;
  predictor::Golden golden = calibration.golden;
  known.profile = golden.profile = seal;
  auto wrote = predictor::WriteKnownPictures(version, known);
  if (wrote) wrote = predictor::WriteGolden(version, golden);
  if (wrote) wrote = predictor::WriteProfile(version, profile);  // from here on it counts
  if (!wrote) {
    RemoveNext(version);
    return wrote;
  }
  wrote = predictor::SettleKnownPictures(version);
  if (wrote) wrote = predictor::SettleGolden(version);
  if (wrote) wrote = predictor::SettleReport(version);
  if (wrote) wrote = predictor::WriteAsset(version, kInputJson, *text);
  return wrote;
}

}  // namespace credence::calibration
