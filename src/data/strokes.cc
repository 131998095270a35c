#include "data/strokes.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace credence::data {
namespace {

// A path through points; a point given twice is a corner.
using Path = std::vector<Point>;
using Glyph = std::vector<Path>;

constexpr int kDotsASegment = 8;
constexpr double kJitterMin = 0.015, kJitterMax = 0.075;  // from neat to careless

// clang-format off
const std::vector<std::vector<Glyph>>& Glyphs() {
  static const std::vector<std::vector<Glyph>> kGlyphs = {
    {  // 0
      {{{.60,.03},{.28,.10},{.08,.48},{.22,.90},{.55,.98},{.86,.75},{.92,.38},{.74,.08},{.48,.04}}},
      {{{.45,.01},{.14,.22},{.06,.60},{.32,.98},{.70,.93},{.94,.55},{.82,.15},{.50,.00},{.38,.06}}},
    },
    {  // 1
      {{{.50,.00},{.50,.50},{.50,1.0}}},
      {{{.50,.00},{.48,.50},{.50,1.0}}},
      {{{.36,.22},{.54,.00},{.54,.00},{.53,.50},{.52,1.0}}},
      {{{.32,.24},{.52,.00},{.52,.00},{.52,1.0}}, {{.28,1.0},{.76,.99}}},
    },
    {  // 2
      {{{.12,.24},{.40,.01},{.80,.12},{.80,.40},{.48,.70},{.08,.97},{.08,.97},{.95,.95}}},
      {{{.10,.20},{.45,.00},{.85,.20},{.70,.55},{.34,.88},{.10,.93},{.12,.76},{.40,.80},{.96,.98}}},
      {{{.15,.10},{.55,.00},{.86,.22},{.62,.60},{.10,1.0},{.10,1.0},{.50,.93},{.92,1.0}}},
    },
    {  // 3
      {{{.12,.12},{.50,.00},{.82,.20},{.65,.42},{.36,.48},{.36,.48},{.74,.53},{.90,.76},
        {.58,.99},{.10,.88}}},
      {{{.10,.03},{.10,.03},{.85,.03},{.85,.03},{.42,.42},{.42,.42},{.84,.56},{.82,.88},
        {.44,1.0},{.08,.88}}},
      {{{.15,.06},{.62,.02},{.78,.24},{.40,.46},{.84,.62},{.72,.94},{.12,.97}}},
    },
    {  // 4
      {{{.18,.02},{.10,.55},{.10,.55},{.92,.52}}, {{.72,.08},{.70,.55},{.68,1.0}}},
      {{{.62,1.0},{.68,.00},{.68,.00},{.05,.66},{.05,.66},{.95,.64}}},
      {{{.22,.05},{.12,.48},{.40,.58},{.78,.46}}, {{.80,.02},{.76,.50},{.70,1.0}}},
    },
    {  // 5
      {{{.86,.03},{.86,.03},{.26,.04},{.26,.04},{.18,.43},{.18,.43},{.60,.38},{.88,.66},
        {.62,.96},{.10,.92}}},
      {{{.28,.05},{.18,.46},{.18,.46},{.58,.42},{.86,.68},{.56,.98},{.08,.92}}, {{.27,.05},
        {.58,.06},{.92,.01}}},
      {{{.90,.00},{.42,.08},{.42,.08},{.24,.44},{.70,.52},{.78,.82},{.44,1.0},{.05,.94}}},
    },
    {  // 6
      {{{.74,.02},{.32,.30},{.10,.70},{.34,.98},{.74,.90},{.80,.64},{.50,.52},{.14,.72}}},
      {{{.52,.00},{.22,.40},{.14,.82},{.46,1.0},{.82,.80},{.64,.54},{.34,.62},{.18,.82}}},
      {{{.84,.06},{.44,.14},{.14,.54},{.24,.94},{.68,.96},{.78,.68},{.44,.58},{.16,.76}}},
    },
    {  // 7
      {{{.08,.05},{.08,.05},{.90,.04},{.90,.04},{.60,.48},{.44,1.0}}},
      {{{.08,.06},{.08,.06},{.88,.03},{.88,.03},{.56,.50},{.42,1.0}}, {{.28,.52},{.78,.49}}},
      {{{.08,.22},{.10,.05},{.10,.05},{.50,.08},{.90,.03},{.90,.03},{.68,.45},{.56,1.0}}},
    },
    {  // 8
      {{{.78,.16},{.46,.00},{.18,.20},{.46,.46},{.82,.72},{.56,1.0},{.22,.90},{.24,.68},
        {.56,.44},{.82,.22},{.68,.06}}},
      {{{.50,.02},{.20,.20},{.48,.46},{.80,.24},{.52,.01}}, {{.50,.46},{.12,.72},{.48,1.0},
        {.86,.74},{.52,.47}}},
      {{{.48,.46},{.20,.22},{.52,.00},{.80,.22},{.46,.48},{.14,.76},{.48,1.0},{.84,.78},{.50,.48}}},
    },
    {  // 9
      {{{.82,.20},{.48,.02},{.15,.26},{.36,.52},{.76,.38},{.84,.14},{.84,.14},{.78,.60},{.70,1.0}}},
      {{{.80,.18},{.46,.02},{.16,.26},{.38,.50},{.78,.34},{.84,.14},{.84,.14},{.84,.62},
        {.60,.95},{.18,.92}}},
      {{{.78,.10},{.40,.02},{.18,.30},{.46,.50},{.78,.26},{.80,.08},{.80,.08},{.70,.55},{.52,1.0}}},
    },
  };
  return kGlyphs;
}
// clang-format on

// The uniform Catmull-Rom spline through p1 (t = 0) and p2 (t = 1).
Point Spline(Point p0, Point p1, Point p2, Point p3, double t) {
  const auto one = [t](double a, double b, double c, double d) {
    return 0.5 *
           (2 * b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))));
  };
  return {one(p0.x, p1.x, p2.x, p3.x), one(p0.y, p1.y, p2.y, p3.y)};
}

Path Smooth(const Path& points) {
  Path path;
  const std::size_t last = points.size() - 1;
  for (std::size_t i = 0; i < last; ++i) {
    const Point p1 = points[i], p2 = points[i + 1];
    if (p1.x == p2.x && p1.y == p2.y) continue;
    const Point p0 = i > 0 ? points[i - 1] : p1, p3 = i + 1 < last ? points[i + 2] : p2;
    for (int k = 0; k < kDotsASegment; ++k) {
      path.push_back(Spline(p0, p1, p2, p3, static_cast<double>(k) / kDotsASegment));
    }
  }
  path.push_back(points[last]);
  return path;
}

// A corner's two equal points stay equal.
Path Jitter(const Path& points, double amount, Random& random) {
  Path moved;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i > 0 && points[i].x == points[i - 1].x && points[i].y == points[i - 1].y) {
      moved.push_back(moved.back());
      continue;
    }
    const double dx = amount * random.Normal(), dy = amount * random.Normal();
    moved.push_back({points[i].x + dx, points[i].y + dy});
  }
  return moved;
}

// x' = width (cos x - sin y) + slant (1 - y'), y' = sin x + cos y, about the middle.
struct Hand {
  double width, slant, cosine, sine;

  explicit Hand(Random& random) {
    width = random.Uniform(0.45, 0.95);
    slant = 0.10 + 0.20 * random.Normal();
    const double half = 0.06 * random.Normal();  // tan of half the angle: no libm needed
    cosine = (1 - half * half) / (1 + half * half);
    sine = 2 * half / (1 + half * half);
  }
  Point operator()(Point p) const {
    const double x = (p.x - 0.5) * width, y = p.y - 0.5;
    const double turned = sine * x + cosine * y;
    return {0.5 + cosine * x - sine * y - slant * turned, 0.5 + turned};
  }
};

// A round pen, a broad nib whose stroke is thinner in one direction, or one that tapers.
struct Pen {
  double radius, contrast, taper;
  Point nib;

  explicit Pen(Random& random) {
    radius = 0.03 + 0.05 * random.Uniform() + 0.05 * random.Uniform() * random.Uniform();
    contrast = random.Uniform() < 0.35 ? random.Uniform(0.2, 0.55) : 0.08;
    taper = random.Uniform() < 0.4 ? random.Uniform(0.1, 0.45) : 0;
    nib = random.Uniform() < 0.5 ? Point{0.6, 0.8} : Point{0.8, -0.6};
  }
  double Radius(Point direction, double along) const {
    const double across = direction.x * nib.x + direction.y * nib.y;
    return radius * (1 - contrast * across * across) * (1 - taper * along * along);
  }
};

double Length(Point p) { return std::sqrt(p.x * p.x + p.y * p.y); }

Stroke Draw(const Path& path, const Pen& pen) {
  Stroke stroke;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const Point a = path[i > 0 ? i - 1 : 0], b = path[std::min(i + 1, path.size() - 1)];
    const double length = std::max(Length({b.x - a.x, b.y - a.y}), 1e-9);
    const Point direction = {(b.x - a.x) / length, (b.y - a.y) / length};
    const double along = static_cast<double>(i) / static_cast<double>(path.size() - 1);
    stroke.push_back({path[i], pen.Radius(direction, along)});
  }
  return stroke;
}

// Lowers `depth` (distance to the ink's edge, negative inside) where the capsule a-b is nearer.
void Capsule(const PenDot& a, const PenDot& b, double margin, int width, int height,
             std::vector<float>& depth) {
  const double reach = std::max(a.radius, b.radius) + margin;
  const auto clamp = [](double v, int high) {
    return static_cast<int>(std::clamp(v, 0.0, double(high)));
  };
  const int left = clamp(std::min(a.at.x, b.at.x) - reach, width);
  const int right = clamp(std::max(a.at.x, b.at.x) + reach + 1, width);
  const int top = clamp(std::min(a.at.y, b.at.y) - reach, height);
  const int bottom = clamp(std::max(a.at.y, b.at.y) + reach + 1, height);
  const Point way = {b.at.x - a.at.x, b.at.y - a.at.y};
  const double square = std::max(way.x * way.x + way.y * way.y, 1e-12);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      const Point p = {x + 0.5 - a.at.x, y + 0.5 - a.at.y};
      const double t = std::clamp((p.x * way.x + p.y * way.y) / square, 0.0, 1.0);
      const double distance = Length({p.x - t * way.x, p.y - t * way.y});
      const double edge = distance - (a.radius + t * (b.radius - a.radius));
      float& here = depth[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                          static_cast<std::size_t>(x)];
      here = std::min(here, static_cast<float>(edge));
    }
  }
}

}  // namespace

std::vector<Stroke> WriteDigit(int digit, Random& random) {
  CREDENCE_CHECK(digit >= 0 && digit <= 9);
  const std::vector<Glyph>& ways = Glyphs()[static_cast<std::size_t>(digit)];
  const Glyph& glyph = ways[random.Below(ways.size())];
  const Hand hand(random);
  const Pen pen(random);
  const double jitter = random.Uniform(kJitterMin, kJitterMax);
  std::vector<Stroke> strokes;
  for (const Path& points : glyph) {
    Path path = Smooth(Jitter(points, jitter, random));
    for (Point& p : path) p = hand(p);
    strokes.push_back(Draw(path, pen));
  }
  return strokes;
}

Box Bounds(const std::vector<Stroke>& strokes) {
  Box box = {1e9, 1e9, -1e9, -1e9};
  for (const Stroke& stroke : strokes) {
    for (const PenDot& dot : stroke) {
      box.left = std::min(box.left, dot.at.x - dot.radius);
      box.top = std::min(box.top, dot.at.y - dot.radius);
      box.right = std::max(box.right, dot.at.x + dot.radius);
      box.bottom = std::max(box.bottom, dot.at.y + dot.radius);
    }
  }
  return box;
}

void Render(const std::vector<Stroke>& strokes, const Placement& placement, int width, int height,
            std::vector<float>& out) {
  out.assign(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 1e9f);
  const auto place = [&](const PenDot& dot) {
    return PenDot{{placement.origin.x + placement.scale * dot.at.x,
                   placement.origin.y + placement.scale * dot.at.y},
                  placement.scale * dot.radius};
  };
  for (const Stroke& stroke : strokes) {
    for (std::size_t i = 1; i < stroke.size(); ++i) {
      Capsule(place(stroke[i - 1]), place(stroke[i]), placement.softness_px, width, height, out);
    }
  }
  const auto softness = static_cast<float>(placement.softness_px);
  for (float& value : out) value = std::clamp(0.5f - value / softness, 0.0f, 1.0f);
}

}  // namespace credence::data
