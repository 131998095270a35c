#include <algorithm>
#include <span>
#include <string>

#include "image/adapt.h"

namespace credence::image {
namespace {

using Step = Adaptation::Step;

std::string_view StepName(Step step) {
  switch (step) {
    case Step::kDecode:
      return "decode";
    case Step::kArray:
      return "array";
    case Step::kReshape:
      return "reshape";
    case Step::kOrient:
      return "orient";
    case Step::kComposite:
      return "composite";
    case Step::kGrey:
      return "grey";
    case Step::kChannels:
      return "channels";
    case Step::kFlatten:
      return "flatten";
    case Step::kInvert:
      return "invert";
    case Step::kFrame:
      return "frame";
    case Step::kLeftOut:
      return "left_out";
    case Step::kThicken:
      return "thicken";
    case Step::kBlank:
      return "blank";
    case Step::kResize:
      return "resize";
  }
  return "";
}

template <std::size_t kCount>
void WriteArray(JsonKey key, const std::array<int, kCount>& values, JsonWriter& json) {
  json.Key(key).BeginArray();
  for (const int value : values) json.Number(value);
  json.EndArray();
}

void WriteShape(const Adaptation& step, JsonWriter& json) {
  json.Key("width").Number(step.width).Key("height").Number(step.height);
  json.Key("channels").Number(step.channels);
}

// The sides in front of the first 0.
std::span<const int> Sides(const std::array<int, 8>& shape) {
  return {shape.begin(), std::find(shape.begin(), shape.end(), 0)};
}

std::string Size(int width, int height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

}  // namespace

void WriteJson(const Adaptation& adaptation, JsonWriter& json) {
  json.BeginObject().Key("step").String(StepName(adaptation.step));
  switch (adaptation.step) {
    case Step::kDecode:
      json.Key("format").String(adaptation.text);
      WriteShape(adaptation, json);
      break;
    case Step::kArray:
      json.Key("range").String(adaptation.text);
      WriteShape(adaptation, json);
      break;
    case Step::kReshape:
      json.Key("shape").BeginArray();
      for (const int side : Sides(adaptation.shape)) json.Number(side);
      json.EndArray();
      break;
    case Step::kOrient:
      json.Key("exif").Number(adaptation.value);
      break;
    case Step::kComposite:
      json.Key("background").String(adaptation.text);
      break;
    case Step::kChannels:
      json.Key("count").Number(adaptation.value);
      break;
    case Step::kFrame:
    case Step::kLeftOut:
      WriteArray("box", adaptation.box, json);
      break;
    case Step::kThicken:
      json.Key("px").Number(adaptation.value);
      break;
    case Step::kResize:
      WriteArray("from", adaptation.from, json);
      WriteArray("to", adaptation.to, json);
      break;
    case Step::kGrey:
    case Step::kFlatten:
    case Step::kInvert:
    case Step::kBlank:
      break;
  }
  json.EndObject();
}

std::string Describe(const Adaptation& adaptation) {
  std::string name(StepName(adaptation.step));
  const std::string text(adaptation.text);
  switch (adaptation.step) {
    case Step::kDecode:
    case Step::kArray:
      return name + " " + text + " " + Size(adaptation.width, adaptation.height) + "x" +
             std::to_string(adaptation.channels);
    case Step::kReshape:
      name += " from ";
      for (const int side : Sides(adaptation.shape)) name.append(std::to_string(side)).append("x");
      name.pop_back();
      return name;
    case Step::kOrient:
      return name + " exif " + std::to_string(adaptation.value);
    case Step::kComposite:
      return name + " over " + text;
    case Step::kChannels:
      return name + " 1 -> " + std::to_string(adaptation.value);
    case Step::kFrame:
    case Step::kLeftOut:
      return name + " " + Size(adaptation.box[2], adaptation.box[3]) + " at " +
             std::to_string(adaptation.box[0]) + "," + std::to_string(adaptation.box[1]);
    case Step::kThicken:
      return name + " by " + std::to_string(adaptation.value) + " px";
    case Step::kResize:
      return name + " " + Size(adaptation.from[0], adaptation.from[1]) + " -> " +
             Size(adaptation.to[0], adaptation.to[1]);
    case Step::kGrey:
    case Step::kFlatten:
    case Step::kInvert:
    case Step::kBlank:
      break;
  }
  return name;
}

}  // namespace credence::image
