#include "image/framing.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>

namespace credence::image {
namespace {

constexpr int kPlainTolerance = 12;       // levels: a background nearer to plain is not reported
constexpr double kObjectShareMin = 0.02;  // of the picture's longest side: less is a speck
constexpr int kObjectPxMin = 3;
constexpr double kThinShare = 0.75;  // of the recorded stroke width: thinner is thickened

std::size_t Index(int i) { return static_cast<std::size_t>(i); }

std::uint8_t Level(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

// Keeps of `ink` the chosen components with their soft edges, stretched so that full ink is 255.
void Isolate(const Components& components, const Object& object, int floor, Pixels& level) {
  std::array<int, 256> histogram = {};
  int count = 0;
  std::vector<bool> kept(level.data.size(), false);
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const std::size_t i = Index(y * level.width + x);
      const int label = components.label[i];
      if (label < 0 || !object.chosen[Index(label)]) continue;
      ++histogram[level.data[i]];
      ++count;
      for (int v = std::max(y - 1, 0); v <= std::min(y + 1, level.height - 1); ++v) {
        for (int u = std::max(x - 1, 0); u <= std::min(x + 1, level.width - 1); ++u) {
          const std::size_t near = Index(v * level.width + u);
          const int other = components.label[near];
          if (other < 0 || object.chosen[Index(other)]) kept[near] = true;
        }
      }
    }
  }
  int full = 255;
  for (int seen = 0; full > 0; --full) {
    seen += histogram[Index(full)];
    if (seen > count / 3) break;
  }
  const double low = floor / 2.0;
  const double gain = 255.0 / std::max(full - low, 1.0);
  for (std::size_t i = 0; i < level.data.size(); ++i) {
    level.data[i] = kept[i] ? Level((level.data[i] - low) * gain) : std::uint8_t{0};
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

Framed FrameObject(const ColourView& view, const InputContract& contract, FramingScratch& scratch,
                   Pixels& out) {
  Framed framed;
  const int background = contract.background.value_or(0);
  const Canvas canvas = {contract.width, contract.height, background};
  const int side = std::max(view.width(), view.height());
  const int factor = (side + kFramingSide - 1) / kFramingSide;
  BoxReduce(view, factor, scratch.grey);
  FindInk(scratch.grey, scratch.ink_scratch, scratch.ink);
  Pixels& level = scratch.ink.level;
  const int working_side = std::max(level.width, level.height);
  const int side_min =
      std::max(kObjectPxMin, static_cast<int>(std::ceil(kObjectShareMin * working_side)));
  const int otsu = OtsuThreshold(level, scratch.ink.floor);
  for (const double strictness : {0.6, 1.0, 1.4}) {
    const int threshold = std::max(scratch.ink.floor, static_cast<int>(otsu * strictness));
    FindComponents(level, threshold, scratch.components);
    ChooseObject(scratch.components, side_min, scratch.object);
    if (scratch.object.empty() || scratch.object.sides_touched < 2) break;
  }
  if (scratch.object.empty()) {
    framed.blank = true;
    Paste({.channels = 1, .data = {}}, 0, 0, canvas, out);
    return framed;
  }
  Isolate(scratch.components, scratch.object, scratch.ink.floor, level);

  Box box = scratch.object.box;
  framed.box = {box.left * factor, box.top * factor, std::min(box.right * factor, view.width()),
                std::min(box.bottom * factor, view.height())};
  const bool light_on_dark = background < 128;
  framed.inverted = scratch.ink.dark_on_light == light_on_dark;
  const int plain = scratch.ink.dark_on_light ? 255 : 0;
  framed.flattened = std::abs(scratch.ink.background_low - plain) > kPlainTolerance ||
                     std::abs(scratch.ink.background_high - plain) > kPlainTolerance;

  const double canvas_side = std::min(contract.width, contract.height);
  const double target = static_cast<double>(contract.object.longest_side_share) * canvas_side;
  if (contract.object.stroke_width_share) {
    const double wanted = static_cast<double>(*contract.object.stroke_width_share) * canvas_side *
                          box.longest() / target;
    const double width = StrokeWidth(level, 127);
    if (width < kThinShare * wanted) {
      const int radius = static_cast<int>(std::lround((wanted - width) / 2));
      if (radius > 0) {
        const Box grown = {box.left - radius, box.top - radius, box.right + radius,
                           box.bottom + radius};
        Crop(level, box, scratch.spare);
        Paste(scratch.spare, radius, radius, {grown.width(), grown.height(), 0}, level);
        Thicken(level, radius, scratch.spare);
        box = {0, 0, grown.width(), grown.height()};
        framed.thickened_px = radius * factor;
      }
    }
  }
  const double scale = target / box.longest();
  framed.width = std::max(1, static_cast<int>(std::lround(box.width() * scale)));
  framed.height = std::max(1, static_cast<int>(std::lround(box.height() * scale)));
  const ColourView ink_view(level, 1);
  Resize(ink_view,
         {static_cast<double>(box.left), static_cast<double>(box.top),
          static_cast<double>(box.right), static_cast<double>(box.bottom)},
         framed.width, framed.height, scratch.resize, scratch.part);
  Point centre = {framed.width / 2.0, framed.height / 2.0};
  if (contract.object.centring == Centring::kMass) centre = CentreOfMass(scratch.part, 0);
  const int left = std::clamp(static_cast<int>(std::lround(contract.width / 2.0 - centre.x)), 0,
                              std::max(contract.width - framed.width, 0));
  const int top = std::clamp(static_cast<int>(std::lround(contract.height / 2.0 - centre.y)), 0,
                             std::max(contract.height - framed.height, 0));
  for (std::uint8_t& ink_level : scratch.part.data) {
    const int ink = ink_level;
    ink_level =
        static_cast<std::uint8_t>(light_on_dark ? background + (255 - background) * ink / 255
                                                : background - background * ink / 255);
  }
  Paste(scratch.part, left, top, canvas, out);
  return framed;
}

}  // namespace credence::image
