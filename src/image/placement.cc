#include "image/placement.h"

#include <algorithm>

#include "image/framing.h"

namespace credence::image {

std::string_view PlacementName(std::size_t measure) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"longest_side", "box_x", "box_y", "mass_x", "mass_y"});
  static_assert(kNames.size() == kPlacementMeasures);
  return kNames[measure];
}

Placement PlacementOf(const Pixels& grey, int background) {
  const Box box = ContentBox(grey, background);
  if (box.empty()) return {};
  const Point mass = CentreOfMass(grey, background);
  const double side = std::min(grey.width, grey.height);
  const auto share = [side](double px) { return static_cast<float>(px / side); };
  Placement placement;
  placement[kLongestSide] = share(box.longest());
  placement[kBoxX] = share((box.left + box.right - grey.width) / 2.0);
  placement[kBoxY] = share((box.top + box.bottom - grey.height) / 2.0);
  placement[kMassX] = share(mass.x - grey.width / 2.0);
  placement[kMassY] = share(mass.y - grey.height / 2.0);
  return placement;
}

bool IsWithin(const ObjectSpread& spread, const Placement& placement) {
  for (std::size_t i = 0; i < spread.size(); ++i) {
    if (!spread[i].Contains(placement[i])) return false;
  }
  return true;
}

}  // namespace credence::image
