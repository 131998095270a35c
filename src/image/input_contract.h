// InputContract describes the pictures that a model takes. It comes from the signature of the
// SavedModel, from assets.extra/credence/input.json, from flags, or from calibration.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace credence::image {

enum class Layout { kNhwc, kNchw };
enum class ElementType { kFloat32, kUint8 };
enum class Framing { kWhole, kObject };         // resize the whole picture, or find its one object
enum class Fit { kStretch, kContain, kCover };  // how kWhole meets another aspect ratio
enum class ChannelOrder { kRgb, kBgr };         // of the model's three channels
enum class Centring { kMass, kBox };            // what kObject puts into the middle

// A level v (0..255) of channel c becomes  scale[c] * (inverted ? 255 - v : v) + offset[c].
struct ValueRange {
  std::string name =
      "0..1";  // "0..1", "0..255", "-1..1", "standardised", or the user's "LOW..HIGH"
  std::array<float, 3> scale = {1.0f / 255, 1.0f / 255, 1.0f / 255};
  std::array<float, 3> offset = {0, 0, 0};
  bool inverted = false;

  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

// Black (0) becomes `low`, white (255) `high`. REQUIRES: low != high.
inline ValueRange MakeRange(std::string name, float low, float high) {
  ValueRange range;
  range.name = std::move(name);
  range.scale.fill((high - low) / 255);
  range.offset.fill(low);
  return range;
}

// What says where the object of a picture lies, as shares of the picture's shorter side: its
// longest side, and how far right of and below the middle its box and its centre of mass are.
enum PlacementMeasure : std::size_t { kLongestSide, kBoxX, kBoxY, kMassX, kMassY };
inline constexpr std::size_t kPlacementMeasures = 5;

struct Range {
  float low = 0, high = 0;

  bool Contains(float value) const { return value >= low && value <= high; }
  float middle() const { return (low + high) / 2; }
  friend bool operator==(const Range&, const Range&) = default;
};

// Where the objects of the model's own data lie: a range for each PlacementMeasure.
using ObjectSpread = std::array<Range, kPlacementMeasures>;

struct ObjectFraming {
  float longest_side_share = 20.0f / 28;  // (0, 1]: the object's longest side / the picture's side
  Centring centring = Centring::kMass;
  // Mean stroke width / the picture's side, when the data is made of strokes; thinner ones from
  // large pictures are thickened to it. nullopt: never thicken.
  std::optional<float> stroke_width_share;
  // A picture of the contract's size and background whose object lies within is left untouched, one
  // outside is framed. nullopt: each is left untouched.
  std::optional<ObjectSpread> spread;

  friend bool operator==(const ObjectFraming&, const ObjectFraming&) = default;
};

struct InputContract {
  int height = 0;    // px, >= 1
  int width = 0;     // px, >= 1
  int channels = 0;  // 1 or 3
  Layout layout = Layout::kNhwc;
  ChannelOrder channel_order = ChannelOrder::kRgb;  // pictures themselves are always RGB
  ElementType element = ElementType::kFloat32;
  ValueRange range;
  Framing framing = Framing::kWhole;
  Fit fit = Fit::kStretch;        // for kWhole
  ObjectFraming object;           // for kObject
  std::optional<int> background;  // level 0..255 of the border; nullopt: unknown or not uniform

  friend bool operator==(const InputContract&, const InputContract&) = default;
};

}  // namespace credence::image
