#include "image/components.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

namespace credence::image {
namespace {

// What touches sides of the picture is more likely a table, a hand or a ruled line.
constexpr std::array<double, 5> kSideWeight = {1, 0.1, 0.02, 0.01, 0.01};
constexpr double kCompanionStrength = 0.05;  // of the main part's: less is a speck
constexpr double kCompanionGap = 0.25;       // of the main part's longest side
constexpr std::size_t kPartsMax = 256;       // that are looked at; more are texture

// Beside the object, what another one has at least.
constexpr double kOtherSide = 0.5;       // of its longest side
constexpr double kOtherStrength = 0.12;  // of its strength: a 1 beside an 8
constexpr double kOtherLevel = 0.5;      // of its mean level: the same pen
constexpr double kOtherStroke = 3;       // its strokes are at most so many times wider or thinner
constexpr double kRulingAspect = 10;     // a ruling is so many times longer than wide
constexpr double kRulingLength = 1.5;    // and than the object

// The sides of the pixel at x, y beyond which there is none over the threshold.
int EdgesOf(const Pixels& levels, int threshold, int x, int y) {
  const auto outside = [&](int u, int v) {
    return u < 0 || v < 0 || u >= levels.width || v >= levels.height ||
           levels.row(v)[u] <= threshold;
  };
  return outside(x - 1, y) + outside(x + 1, y) + outside(x, y - 1) + outside(x, y + 1);
}

Component Flood(const Pixels& levels, int threshold, int start, int label, std::vector<int>& labels,
                std::vector<int>& stack) {
  Component part;
  part.box = {levels.width, levels.height, 0, 0};
  labels[Index(start)] = label;
  stack.assign(1, start);
  while (!stack.empty()) {
    const int at = stack.back();
    stack.pop_back();
    const int x = at % levels.width;
    const int y = at / levels.width;
    part.box = Union(part.box, {x, y, x + 1, y + 1});
    ++part.area;
    part.strength += levels.data[Index(at)];
    part.edges += EdgesOf(levels, threshold, x, y);
    for (int v = std::max(y - 1, 0); v <= std::min(y + 1, levels.height - 1); ++v) {
      for (int u = std::max(x - 1, 0); u <= std::min(x + 1, levels.width - 1); ++u) {
        const int next = v * levels.width + u;
        if (labels[Index(next)] >= 0 || levels.data[Index(next)] <= threshold) continue;
        labels[Index(next)] = label;
        stack.push_back(next);
      }
    }
  }
  part.sides_touched = (part.box.left == 0) + (part.box.top == 0) +
                       (part.box.right == levels.width) + (part.box.bottom == levels.height);
  return part;
}

double Weight(const Component& part) {
  return static_cast<double>(part.strength) * kSideWeight[Index(part.sides_touched)];
}

bool IsStrongBeside(const Component& main, const Component& part) {
  return Weight(part) >= kCompanionStrength * Weight(main) &&
         part.sides_touched <= main.sides_touched;
}

// Several components taken as one thing.
struct Group {
  Component all;                     // of them together; sides_touched: of the main one
  std::vector<std::size_t> members;  // indices, the main one first
};

void Join(const Component& part, Component& all) {
  all.box = Union(all.box, part.box);
  all.area += part.area;
  all.edges += part.edges;
  all.strength += part.strength;
}

// The parts that can be objects or belong to one, strongest first.
std::vector<std::size_t> Strongest(const std::vector<Component>& parts) {
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t kept = std::min(order.size(), kPartsMax);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      const double first = Weight(parts[a]), second = Weight(parts[b]);
                      return first != second ? first > second : a < b;
                    });
  order.resize(kept);
  return order;
}

// Takes the strongest part that is no speck out of `rest` (strongest first), with what belongs to
// it. The box is empty when there is none.
Group TakeGroup(const std::vector<Component>& parts, int side_px_min,
                std::vector<std::size_t>& rest) {
  Group group;
  const auto first = std::find_if(rest.begin(), rest.end(), [&](std::size_t i) {
    return parts[i].box.longest() >= side_px_min;
  });
  if (first == rest.end()) return group;
  const Component& main = parts[*first];
  group.all = main;
  group.members.push_back(*first);
  rest.erase(first);
  const double gap_max = kCompanionGap * main.box.longest();
  for (std::size_t m = 0; m < group.members.size(); ++m) {
    const Box reached = parts[group.members[m]].box;
    std::erase_if(rest, [&](std::size_t i) {
      const Component& part = parts[i];
      if (!IsStrongBeside(main, part) || Gap(reached, part.box) > gap_max) return false;
      group.members.push_back(i);
      Join(part, group.all);
      return true;
    });
  }
  return group;
}

double MeanLevel(const Component& part) { return static_cast<double>(part.strength) / part.area; }

// Proportional to the width of its strokes.
double StrokeMeasure(const Component& part) { return static_cast<double>(part.area) / part.edges; }

bool IsRuling(const Component& object, const Component& other) {
  const int shortest = std::min(other.box.width(), other.box.height());
  return other.box.longest() >= kRulingAspect * shortest &&
         other.box.longest() >= kRulingLength * object.box.longest();
}

// Whether `other` is as much an object as `object`.
bool IsComparable(const Component& object, const Component& other) {
  const double stroke = StrokeMeasure(other) / StrokeMeasure(object);
  return other.box.longest() >= kOtherSide * object.box.longest() &&
         static_cast<double>(other.strength) >=
             kOtherStrength * static_cast<double>(object.strength) &&
         MeanLevel(other) >= kOtherLevel * MeanLevel(object) && stroke <= kOtherStroke &&
         stroke >= 1 / kOtherStroke && other.sides_touched < 2 && !IsRuling(object, other) &&
         Intersection(object.box, other.box) != object.box;
}

}  // namespace

void FindComponents(const Pixels& levels, int threshold, Components& out) {
  out.parts.clear();
  out.label.assign(levels.data.size(), -1);
  std::vector<int> stack;
  for (int i = 0; i < static_cast<int>(levels.data.size()); ++i) {
    if (out.label[Index(i)] >= 0 || levels.data[Index(i)] <= threshold) continue;
    const int label = static_cast<int>(out.parts.size());
    out.parts.push_back(Flood(levels, threshold, i, label, out.label, stack));
  }
}

void ChooseObject(const Components& components, int side_px_min, Object& out) {
  const std::vector<Component>& parts = components.parts;
  std::vector<std::size_t> rest = Strongest(parts);
  const Group object = TakeGroup(parts, side_px_min, rest);
  out.box = object.all.box;
  out.sides_touched = object.all.sides_touched;
  out.chosen.assign(parts.size(), false);
  for (const std::size_t i : object.members) out.chosen[i] = true;
  out.others.clear();
  while (!out.empty() && out.others.size() < kOthersMax) {
    const Group other = TakeGroup(parts, side_px_min, rest);
    if (other.members.empty()) break;
    if (IsComparable(object.all, other.all)) out.others.push_back(other.all.box);
  }
}

}  // namespace credence::image
