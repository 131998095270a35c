#include "calibration/learn_framing.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "image/colour.h"
#include "image/framing.h"
#include "image/placement.h"

namespace credence::calibration {
namespace {

constexpr std::int64_t kPicturesMax = 2000;
constexpr double kUniformBorderMin = 0.9;  // share of a border's samples
constexpr int kLevelTolerance = 16;        // levels, as image::BorderShare's
constexpr double kUniformShareMin = 0.95;  // of the pictures
constexpr double kStableShareMin = 0.9;    // of the pictures with a uniform border
constexpr double kSizeTolerance = 0.2;     // of the median longest side
constexpr double kOffsetMax = 0.06;        // of the shorter side
constexpr double kStrokeWidthMax = 0.15;   // of the shorter side; more is not made of strokes
constexpr double kSpreadSlack = 0.02;      // of the shorter side: half a pixel of 28
constexpr double kLongestSideMax = 0.95;   // an object that fills its picture was not cut out

struct Measures {
  int border = 0;
  bool uniform = false;
  bool content = false;
  image::Placement placement = {};
  double longest_side = 0, stroke_width = 0, offset_mass = 0, offset_box = 0;
};

Measures Measure(const image::Pixels& grey) {
  Measures m;
  m.border = image::BorderLevel(grey);
  m.uniform = image::BorderShare(grey, m.border) >= kUniformBorderMin;
  m.content = !image::ContentBox(grey, m.border).empty();
  if (!m.uniform || !m.content) return m;
  const double side = std::min(grey.width, grey.height);
  m.placement = image::PlacementOf(grey, m.border);
  const auto at = [&](image::PlacementMeasure measure) {
    return static_cast<double>(m.placement[measure]);
  };
  m.longest_side = at(image::kLongestSide);
  m.offset_mass = std::hypot(at(image::kMassX), at(image::kMassY));
  m.offset_box = std::hypot(at(image::kBoxX), at(image::kBoxY));
  image::Pixels ink = grey;
  for (std::uint8_t& level : ink.data) {
    level = static_cast<std::uint8_t>(std::abs(level - m.border));
  }
  m.stroke_width = image::StrokeWidth(ink, 127) / side;
  return m;
}

template <class T>
T Median(std::vector<T> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Each of `all`'s values of one field.
template <class T>
std::vector<T> Field(const std::vector<Measures>& all, T Measures::*field) {
  std::vector<T> values;
  for (const Measures& one : all) values.push_back(one.*field);
  return values;
}

// The usual range of one measure: from the first to the last percentile and half as far again, so
// that one odd picture does not widen it and hardly an ordinary one lies outside. As input.json
// says it: a version that is loaded again decides as calibration did.
image::Range UsualRange(const std::vector<Measures>& all, std::size_t measure) {
  std::vector<float> values;
  for (const Measures& one : all) values.push_back(one.placement[measure]);
  std::ranges::sort(values);
  const std::size_t cut = values.size() / 100;
  const double low = static_cast<double>(values[cut]);
  const double high = static_cast<double>(values[values.size() - 1 - cut]);
  const double slack = (high - low) / 2 + kSpreadSlack;
  return {static_cast<float>(RoundedShare(low - slack)),
          static_cast<float>(RoundedShare(high + slack))};
}

image::ObjectSpread UsualSpread(const std::vector<Measures>& all) {
  image::ObjectSpread spread;
  for (std::size_t i = 0; i < spread.size(); ++i) spread[i] = UsualRange(all, i);
  return spread;
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

LearnedFraming Conclude(std::vector<Measures> all, bool drops_colour) {
  LearnedFraming learned;
  const auto pictures = static_cast<double>(all.size());
  learned.pictures = std::ssize(all);
  const int usual = Median(Field(all, &Measures::border));
  std::erase_if(all, [=](const Measures& one) {
    return !one.uniform || std::abs(one.border - usual) > kLevelTolerance;
  });
  learned.uniform_share = static_cast<double>(all.size()) / pictures;
  if (learned.uniform_share >= kUniformShareMin) learned.background = usual;
  std::erase_if(all, [](const Measures& one) { return !one.content; });
  if (all.empty()) return learned;
  const double longest = Median(Field(all, &Measures::longest_side));
  learned.longest_side = longest;
  learned.stroke_width = Median(Field(all, &Measures::stroke_width));
  learned.offset_mass = Mean(Field(all, &Measures::offset_mass));
  learned.offset_box = Mean(Field(all, &Measures::offset_box));
  const auto stable = std::count_if(all.begin(), all.end(), [=](const Measures& one) {
    return std::abs(one.longest_side - longest) <= kSizeTolerance * longest;
  });
  learned.stable_share = static_cast<double>(stable) / static_cast<double>(all.size());
  const bool by_mass = learned.offset_mass <= learned.offset_box;
  const double offset = std::min(learned.offset_mass, learned.offset_box);
  if (learned.background && !drops_colour && learned.stable_share >= kStableShareMin &&
      offset <= kOffsetMax && longest <= kLongestSideMax && learned.stroke_width > 0 &&
      learned.stroke_width < kStrokeWidthMax) {
    learned.framing = image::Framing::kObject;
    learned.object = {.longest_side_share = static_cast<float>(longest),
                      .centring = by_mass ? image::Centring::kMass : image::Centring::kBox,
                      .stroke_width_share = static_cast<float>(learned.stroke_width),
                      .spread = UsualSpread(all)};
  }
  return learned;
}

}  // namespace

double RoundedShare(double share) { return std::round(share * 1e4) / 1e4; }

Result<LearnedFraming> LearnFraming(const data::Dataset& dataset, int channels,
                                    const Progress& progress) {
  auto reader = dataset.NewReader();
  if (!reader) return reader.error();
  const std::int64_t count = std::min(dataset.rows(), kPicturesMax);
  std::vector<Measures> all;
  bool coloured = false;
  data::Row row;
  image::Pixels grey;
  for (std::int64_t i = 0; i < count; ++i) {
    if (progress && i % 100 == 0) {
      progress("learning the framing", static_cast<std::size_t>(i),
               static_cast<std::size_t>(count));
    }
    if (auto read = reader->Read(i * dataset.rows() / count, row); !read) return read.error();
    coloured = coloured || row.picture.pixels.channels >= 3;
    image::Materialise(image::ColourView(row.picture.pixels, 1), grey);
    all.push_back(Measure(grey));
  }
  if (progress) {
    progress("learning the framing", static_cast<std::size_t>(count),
             static_cast<std::size_t>(count));
  }
  return Conclude(std::move(all), coloured && channels == 3);
}

}  // namespace credence::calibration
