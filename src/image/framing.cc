#include "image/framing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <utility>

namespace credence::image {
namespace {

constexpr int kPlainTolerance = 12;       // levels: a background nearer to plain is not reported
constexpr double kObjectShareMin = 0.02;  // of the picture's longest side: less is a speck
constexpr int kObjectPxMin = 3;
constexpr int kCloserLookPx = 96;  // smaller than this in the reduced picture: look again
constexpr double kThickenedShare = 0.9;
constexpr int kFineScale = 3;  // picture px a contract px, at least, while strokes are thickened
constexpr double kThinShare = 0.75;  // of the recorded stroke width: thinner is thickened

std::uint8_t Level(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

// Calls visit(index) for each pixel within one px of x, y.
template <class Visit>
void ForEachNear(const Pixels& pixels, int x, int y, Visit visit) {
  for (int v = std::max(y - 1, 0); v <= std::min(y + 1, pixels.height - 1); ++v) {
    for (int u = std::max(x - 1, 0); u <= std::min(x + 1, pixels.width - 1); ++u) {
      visit(Index(v * pixels.width + u));
    }
  }
}

// Keeps of `level` the chosen components with their soft edges.
void Isolate(const Components& components, const Object& object, Pixels& level) {
  std::vector<bool> kept(level.data.size(), false);
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const int label = components.label[Index(y * level.width + x)];
      if (label < 0 || !object.chosen[Index(label)]) continue;
      ForEachNear(level, x, y, [&](std::size_t near) {
        const int other = components.label[near];
        if (other < 0 || object.chosen[Index(other)]) kept[near] = true;
      });
    }
  }
  for (std::size_t i = 0; i < level.data.size(); ++i) {
    if (!kept[i]) level.data[i] = 0;
  }
}

// Stretches `level` so that the object's full ink, that of its strongest third, is 255.
void Stretch(const Components& components, const Object& object, int floor, Pixels& level) {
  std::array<int, 256> histogram = {};
  int count = 0;
  for (std::size_t i = 0; i < level.data.size(); ++i) {
    const int label = components.label[i];
    if (label < 0 || !object.chosen[Index(label)]) continue;
    ++histogram[level.data[i]];
    ++count;
  }
  int full = 255;
  for (int seen = 0; full > 0; --full) {
    seen += histogram[Index(full)];
    if (seen > count / 3) break;
  }
  const double low = floor / 2.0;
  const double gain = 255.0 / std::max(full - low, 1.0);
  for (std::uint8_t& value : level.data) value = value > 0 ? Level((value - low) * gain) : value;
}

// Takes the components that were not chosen out of `level`, with their soft edges.
void EraseOthers(const Components& components, const Object& object, Pixels& level) {
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const int label = components.label[Index(y * level.width + x)];
      if (label < 0 || object.chosen[Index(label)]) continue;
      ForEachNear(level, x, y, [&](std::size_t near) {
        const int other = components.label[near];
        if (other < 0 || !object.chosen[Index(other)]) level.data[near] = 0;
      });
    }
  }
}

// Copies `box` of `in`.
void Crop(const Pixels& in, const Box& box, Pixels& out) {
  out.Reshape(box.width(), box.height(), 1);
  for (int y = 0; y < box.height(); ++y) {
    const std::uint8_t* from = in.row(box.top + y) + box.left;
    std::copy(from, from + box.width(), out.row(y));
  }
}

struct Search {
  int factor = 1;           // by which the picture was reduced
  Box found;                // the object's box in the view; empty when there is none
  std::vector<Box> others;  // of comparable size, in the view
};

// Looks for the object in `part` of `view`; leaves its ink and components in `scratch`.
Search FindObject(const ColourView& view, const Box& part, std::optional<int> ground,
                  FramingScratch& scratch) {
  Search search;
  search.factor = (part.longest() + kFramingSide - 1) / kFramingSide;
  BoxReduce(view, part, search.factor, scratch.grey);
  const Ink& ink = scratch.ink;
  if (ground) {
    FindInkOn(scratch.grey, *ground, scratch.ink_scratch, scratch.ink);
  } else {
    FindInk(scratch.grey, scratch.ink_scratch, scratch.ink);
  }
  const int side = std::max(ink.level.width, ink.level.height);
  const int side_px_min = std::max(kObjectPxMin, static_cast<int>(kObjectShareMin * side));
  const int otsu = OtsuThreshold(ink.level, ink.floor);
  // Faint parts of a sign belong to it unless they connect it with what reaches two sides: lines
  // on the paper, shadows.
  for (const double strictness : {0.6, 1.0, 1.4}) {
    const int threshold = std::max(ink.floor, static_cast<int>(otsu * strictness));
    FindComponents(ink.level, threshold, scratch.components);
    ChooseObject(scratch.components, side_px_min, scratch.object);
    if (scratch.object.empty() || scratch.object.sides_touched < 2) break;
  }
  const auto in_view = [&](const Box& box) {
    return Intersection(
        {part.left + box.left * search.factor, part.top + box.top * search.factor,
         part.left + box.right * search.factor, part.top + box.bottom * search.factor},
        part);
  };
  search.found = in_view(scratch.object.box);
  for (const Box& other : scratch.object.others) search.others.push_back(in_view(other));
  return search;
}

// Whether two boxes share half of the smaller one or more.
bool AreOne(const Box& a, const Box& b) {
  const Box common = Intersection(a, b);
  const auto area = [](const Box& box) { return std::int64_t{box.width()} * box.height(); };
  return !common.empty() && 2 * area(common) >= std::min(area(a), area(b));
}

// FindObject in all of `view`; what is small there is looked at again from closer by.
Search Locate(const ColourView& view, std::optional<int> ground, FramingScratch& scratch) {
  const Box whole = {0, 0, view.width(), view.height()};
  Search first = FindObject(view, whole, ground, scratch);
  if (first.factor == 1 || scratch.object.empty() ||
      scratch.object.box.longest() >= kCloserLookPx) {
    return first;
  }
  const Box near = Intersection(whole, Grown(first.found, first.found.longest()));
  Search closer = FindObject(view, near, ground, scratch);
  if (scratch.object.empty()) return FindObject(view, whole, ground, scratch);
  // From closer by, several may be one, one several, and another the strongest.
  first.others.push_back(first.found);
  for (const Box& seen : first.others) {
    const auto is_it = [&](const Box& box) { return AreOne(box, seen); };
    if (is_it(closer.found) || std::ranges::any_of(closer.others, is_it)) continue;
    if (closer.others.size() < kOthersMax) closer.others.push_back(seen);
  }
  return closer;
}

bool HasPlainBackground(const Ink& ink) {
  const int plain = ink.dark_on_light ? 255 : 0;
  return std::abs(ink.background_low - plain) <= kPlainTolerance &&
         std::abs(ink.background_high - plain) <= kPlainTolerance;
}

// Makes a small object large enough that its strokes can be thickened by less than one pixel of the
// contract's picture. Returns the scale.
double Enlarge(int longest_min, FramingScratch& scratch) {
  Pixels& object = scratch.grey;
  const int longest = std::max(object.width, object.height);
  if (longest >= longest_min) return 1;
  const double scale = static_cast<double>(longest_min) / longest;
  Resize(ColourView(object, 1),
         {0, 0, static_cast<double>(object.width), static_cast<double>(object.height)},
         std::max(1, static_cast<int>(std::lround(object.width * scale))),
         std::max(1, static_cast<int>(std::lround(object.height * scale))), scratch.resize,
         scratch.spare);
  std::swap(object, scratch.spare);
  return scale;
}

// Thickens the strokes of the object in scratch.grey, cropped to its box, when they are thinner
// than the contract's would be at that size; the picture grows with them. Returns by how many px of
// the cropped picture to each side.
double ThickenToContract(const InputContract& contract, FramingScratch& scratch) {
  if (!contract.object.stroke_width_share) return 0;
  Pixels& object = scratch.grey;
  const double wanted_share =
      static_cast<double>(*contract.object.stroke_width_share / contract.object.longest_side_share);
  const double share = StrokeWidth(object, 127) / std::max(object.width, object.height);
  if (share >= kThinShare * wanted_share) return 0;
  const double scale = Enlarge(kFineScale * std::max(contract.width, contract.height), scratch);
  const int longest = std::max(object.width, object.height);
  // Strokes that grow by 2 r make the object grow by 2 r as well.
  const double wanted = kThickenedShare * wanted_share;
  const double missing = (wanted - share) * longest / (1 - wanted);
  const int radius = static_cast<int>(std::lround(missing / 2));
  if (radius <= 0) return 0;
  Paste(object, radius, radius, {object.width + 2 * radius, object.height + 2 * radius, 0},
        scratch.spare);
  Thicken(scratch.spare, radius, object);
  std::swap(scratch.spare, object);
  return radius / scale;
}

// Where the contract wants the middle of its objects, px from the middle of the picture: by mass
// or by box.
Point Aim(const InputContract& contract) {
  if (!contract.object.spread) return {0, 0};
  const bool by_mass = contract.object.centring == Centring::kMass;
  const auto px = [&](PlacementMeasure measure) {
    return static_cast<double>((*contract.object.spread)[measure].middle()) *
           std::min(contract.width, contract.height);
  };
  return {px(by_mass ? kMassX : kBoxX), px(by_mass ? kMassY : kBoxY)};
}

// Scales the picture in scratch.grey and pastes it so that the object in its `box` stands where the
// contract has its objects.
void SetOnCanvas(const InputContract& contract, const Box& box, double scale,
                 FramingScratch& scratch, Framed& framed, Pixels& out) {
  const Pixels& picture = scratch.grey;
  Pixels& part = scratch.part;
  const auto scaled = [scale](int px) { return static_cast<int>(std::lround(px * scale)); };
  Resize(ColourView(picture, 1),
         {0, 0, static_cast<double>(picture.width), static_cast<double>(picture.height)},
         std::max(1, scaled(picture.width)), std::max(1, scaled(picture.height)), scratch.resize,
         part);
  framed.width = std::max(1, scaled(box.width()));
  framed.height = std::max(1, scaled(box.height()));
  const Box inside = {scaled(box.left), scaled(box.top), scaled(box.left) + framed.width,
                      scaled(box.top) + framed.height};
  Point centre = {(inside.left + inside.right) / 2.0, (inside.top + inside.bottom) / 2.0};
  if (contract.object.centring == Centring::kMass) centre = CentreOfMass(part, 0);
  const Point aim = Aim(contract);
  // No part of the object is pushed over the edge.
  const auto place = [](int canvas_side, double middle, int first, int last) {
    const int start = static_cast<int>(std::lround(canvas_side / 2.0 - middle));
    return std::clamp(start, -first, std::max(canvas_side - last, -first));
  };
  const int background = contract.background.value_or(0);
  const int ink = background < 128 ? 255 : 0;
  for (std::uint8_t& level : part.data) {
    level = Level(background + (ink - background) * (level / 255.0));
  }
  Paste(part, place(contract.width, centre.x - aim.x, inside.left, inside.right),
        place(contract.height, centre.y - aim.y, inside.top, inside.bottom),
        {contract.width, contract.height, background}, out);
}

// px of the contract's picture that its objects' longest side has.
double WantedSide(const InputContract& contract) {
  return static_cast<double>(contract.object.longest_side_share) *
         std::min(contract.width, contract.height);
}

// Places the object that was found on some background: stretched to full contrast, its strokes as
// wide as the contract's.
void PlaceObject(const InputContract& contract, int factor, FramingScratch& scratch, Framed& framed,
                 Pixels& out) {
  framed.inverted = scratch.ink.dark_on_light == (contract.background.value_or(0) < 128);
  framed.flattened = !HasPlainBackground(scratch.ink);
  Isolate(scratch.components, scratch.object, scratch.ink.level);
  Stretch(scratch.components, scratch.object, scratch.ink.floor, scratch.ink.level);
  Crop(scratch.ink.level, scratch.object.box, scratch.grey);
  const double thickened = ThickenToContract(contract, scratch) * factor;
  framed.thickened_px = static_cast<int>(std::ceil(thickened));
  const Box all = {0, 0, scratch.grey.width, scratch.grey.height};
  SetOnCanvas(contract, all, WantedSide(contract) / all.longest(), scratch, framed, out);
}

// Places the object of a picture that has the contract's size and background. Its levels are the
// contract's already, and are not touched where it has the size of the contract's objects and only
// stands elsewhere.
void MoveObject(const InputContract& contract, int factor, FramingScratch& scratch, Framed& framed,
                Pixels& out) {
  EraseOthers(scratch.components, scratch.object, scratch.ink.level);
  std::swap(scratch.ink.level, scratch.grey);
  const Box box = ContentBox(scratch.grey, 0);
  framed.box = {box.left * factor, box.top * factor, std::min(box.right * factor, contract.width),
                std::min(box.bottom * factor, contract.height)};
  framed.cut_off = box.left == 0 || box.top == 0 || box.right == scratch.grey.width ||
                   box.bottom == scratch.grey.height;
  const int side = std::min(contract.width, contract.height);
  const float share = static_cast<float>(box.longest() * factor) / static_cast<float>(side);
  const bool usual_size = (*contract.object.spread)[kLongestSide].Contains(share);
  SetOnCanvas(contract, box, usual_size ? factor : WantedSide(contract) / box.longest(), scratch,
              framed, out);
}

}  // namespace

int BorderLevel(const Pixels& picture) {
  std::array<int, 256> histogram = {};
  int count = 0;
  for (int y = 0; y < picture.height; ++y) {
    const bool edge_row = y == 0 || y == picture.height - 1;
    const int step = edge_row ? 1 : std::max(picture.width - 1, 1);
    for (int x = 0; x < picture.width; x += step) {
      ++histogram[picture.row(y)[x * picture.channels]];
      ++count;
    }
  }
  int level = 0;
  for (int seen = histogram[0]; seen <= count / 2 && level < 255;)
    seen += histogram[Index(++level)];
  return level;
}

double BorderShare(const Pixels& picture, int level) {
  constexpr int kTolerance = 16;
  int near = 0;
  int count = 0;
  const auto look = [&](const std::uint8_t* sample) {
    near += std::abs(*sample - level) <= kTolerance;
    ++count;
  };
  const int row_size = picture.width * picture.channels;
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* row = picture.row(y);
    if (y == 0 || y == picture.height - 1) {
      for (int x = 0; x < row_size; ++x) look(row + x);
    } else {
      for (int c = 0; c < picture.channels; ++c) {
        look(row + c);
        look(row + row_size - 1 - c);
      }
    }
  }
  return static_cast<double>(near) / count;
}

Box ContentBox(const Pixels& grey, int background) {
  int strongest = 0;
  for (const std::uint8_t level : grey.data) {
    strongest = std::max(strongest, std::abs(level - background));
  }
  if (strongest == 0) return {};
  Box box = {grey.width, grey.height, 0, 0};
  for (int y = 0; y < grey.height; ++y) {
    for (int x = 0; x < grey.width; ++x) {
      if (2 * std::abs(grey.row(y)[x] - background) < strongest) continue;
      box = Union(box, {x, y, x + 1, y + 1});
    }
  }
  return box;
}

Point CentreOfMass(const Pixels& grey, int background) {
  double mass = 0;
  Point sum;
  for (int y = 0; y < grey.height; ++y) {
    for (int x = 0; x < grey.width; ++x) {
      const double level = std::abs(grey.row(y)[x] - background);
      mass += level;
      sum.x += level * (x + 0.5);
      sum.y += level * (y + 0.5);
    }
  }
  if (mass == 0) return {grey.width / 2.0, grey.height / 2.0};
  return {sum.x / mass, sum.y / mass};
}

double StrokeWidth(const Pixels& levels, int threshold) {
  // A long stroke has 2 x area / perimeter for its width; steps along x and y overestimate the
  // perimeter of a shape in all directions by 4 / pi.
  constexpr double kPi = 3.14159265358979323846;
  std::int64_t area = 0;
  std::int64_t edges = 0;
  const auto inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < levels.width && y < levels.height &&
           levels.row(y)[x] > threshold;
  };
  for (int y = 0; y < levels.height; ++y) {
    for (int x = 0; x < levels.width; ++x) {
      if (!inside(x, y)) continue;
      ++area;
      edges += !inside(x - 1, y) + !inside(x + 1, y) + !inside(x, y - 1) + !inside(x, y + 1);
    }
  }
  if (area == 0) return 0;
  return 2 * static_cast<double>(area) / (static_cast<double>(edges) * kPi / 4);
}

void Thicken(Pixels& levels, int radius, Pixels& scratch) {
  for (int step = 0; step < radius; ++step) {
    scratch = levels;
    for (int y = 0; y < levels.height; ++y) {
      for (int x = 0; x < levels.width; ++x) {
        // A cross and a square in turn come close to a disc.
        std::uint8_t strongest = 0;
        for (int v = std::max(y - 1, 0); v <= std::min(y + 1, levels.height - 1); ++v) {
          for (int u = std::max(x - 1, 0); u <= std::min(x + 1, levels.width - 1); ++u) {
            if (step % 2 == 0 && u != x && v != y) continue;
            strongest = std::max(strongest, scratch.row(v)[u]);
          }
        }
        levels.row(y)[x] = strongest;
      }
    }
  }
}

void Paste(const Pixels& part, int left, int top, const Canvas& canvas, Pixels& out) {
  out.Reshape(canvas.width, canvas.height, part.channels);
  std::fill(out.data.begin(), out.data.end(), static_cast<std::uint8_t>(canvas.level));
  const int skip = std::max(-left, 0);
  const int columns = std::min(part.width, canvas.width - left) - skip;
  if (columns <= 0) return;
  for (int y = std::max(-top, 0); y < std::min(part.height, canvas.height - top); ++y) {
    const std::uint8_t* from = part.row(y) + skip * part.channels;
    std::copy(from, from + columns * part.channels,
              out.row(top + y) + (left + skip) * part.channels);
  }
}

Framed FrameObject(const ColourView& view, std::optional<int> ground, const InputContract& contract,
                   FramingScratch& scratch, Pixels& out) {
  Framed framed;
  Search search = Locate(view, ground, scratch);
  if (scratch.object.empty()) {
    framed.blank = true;
    Paste({.channels = 1, .data = {}}, 0, 0,
          {contract.width, contract.height, contract.background.value_or(0)}, out);
    return framed;
  }
  framed.box = search.found;
  framed.others = std::move(search.others);
  if (ground) {
    MoveObject(contract, search.factor, scratch, framed, out);
  } else {
    PlaceObject(contract, search.factor, scratch, framed, out);
  }
  return framed;
}

}  // namespace credence::image
