#include "image/components.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace credence::image {
namespace {

// What touches sides of the picture is more likely a table, a hand or a ruled line.
constexpr std::array<double, 5> kSideWeight = {1, 0.5, 0.1, 0.05, 0.05};
constexpr double kCompanionStrength = 0.05;  // of the main part's: less is a speck
constexpr double kCompanionGap = 0.25;       // of the main part's longest side

std::size_t Index(int i) { return static_cast<std::size_t>(i); }

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

bool BelongsTo(const Component& main, const Component& part) {
  return Weight(part) >= kCompanionStrength * Weight(main) &&
         part.sides_touched <= main.sides_touched &&
         Gap(main.box, part.box) <= kCompanionGap * main.box.longest();
}

}  // namespace

Box Union(const Box& a, const Box& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
          std::max(a.bottom, b.bottom)};
}

int Gap(const Box& a, const Box& b) {
  return std::max({b.left - a.right, a.left - b.right, b.top - a.bottom, a.top - b.bottom, 0});
}

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
  out.chosen.assign(parts.size(), false);
  out.box = {};
  out.sides_touched = 0;
  const auto main = std::max_element(
      parts.begin(), parts.end(),
      [](const Component& a, const Component& b) { return Weight(a) < Weight(b); });
  if (main == parts.end() || main->box.longest() < side_px_min) return;
  out.box = main->box;
  out.sides_touched = main->sides_touched;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (&parts[i] != &*main && !BelongsTo(*main, parts[i])) continue;
    out.chosen[i] = true;
    out.box = Union(out.box, parts[i].box);
  }
}

}  // namespace credence::image
