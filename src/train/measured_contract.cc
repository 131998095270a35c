#include "train/measured_contract.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "image/framing.h"

namespace credence::train {
namespace {

constexpr std::int64_t kSample = 2000;
constexpr double kNearlyAll = 0.9;      // share of the pictures
constexpr double kUniformBorder = 0.9;  // share of a picture's border near its level
constexpr double kCentredPx = 1.5;      // a pixel along each axis: centring rounds to whole pixels

struct Measures {
  std::vector<double> border;     // level
  std::vector<double> longest;    // px, of the object's box
  std::vector<double> from_mass;  // px, from the picture's middle to the centre of mass
  std::vector<double> from_box;   // px, to the box's centre
  std::vector<double> stroke;     // px
  double uniform = 0;             // pictures with a uniform border
  double pictures = 0;
};

double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

image::Pixels GreyPicture(const Examples& examples, std::int64_t row) {
  const Shape& shape = examples.shape;
  image::Pixels grey;
  grey.Reshape(shape.width, shape.height, 1);
  const auto channels = static_cast<std::size_t>(shape.channels);
  const auto* levels = examples.levels.data() + row * shape.size();
  for (std::size_t i = 0; i < grey.data.size(); ++i) {
    int sum = 0;
    for (std::size_t c = 0; c < channels; ++c) sum += levels[i * channels + c];
    grey.data[i] = static_cast<std::uint8_t>(sum / shape.channels);
  }
  return grey;
}

void Measure(const image::Pixels& picture, Measures& out) {
  const int background = image::BorderLevel(picture);
  out.pictures += 1;
  out.border.push_back(background);
  if (image::BorderShare(picture, background) < kUniformBorder) return;
  out.uniform += 1;
  const image::Box box = image::ContentBox(picture, background);
  if (box.width() == 0) return;
  const double middle_x = picture.width / 2.0, middle_y = picture.height / 2.0;
  const image::Point mass = image::CentreOfMass(picture, background);
  out.longest.push_back(std::max(box.width(), box.height()));
  out.from_mass.push_back(std::hypot(mass.x - middle_x, mass.y - middle_y));
  out.from_box.push_back(
      std::hypot(box.left + box.width() / 2.0 - middle_x, box.top + box.height() / 2.0 - middle_y));
  image::Pixels ink = picture;
  for (std::uint8_t& level : ink.data) {
    level = static_cast<std::uint8_t>(std::abs(level - background));
  }
  out.stroke.push_back(image::StrokeWidth(ink, 127));
}

}  // namespace

image::InputContract MeasureContract(const Examples& examples) {
  Measures measures;
  const std::int64_t step = std::max<std::int64_t>(1, examples.rows() / kSample);
  for (std::int64_t row = 0; row < examples.rows(); row += step) {
    Measure(GreyPicture(examples, row), measures);
  }
  image::InputContract contract;
  contract.height = examples.shape.height;
  contract.width = examples.shape.width;
  contract.channels = examples.shape.channels;
  const double level = Quantile(measures.border, 0.5);
  const double spread = Quantile(measures.border, 0.95) - Quantile(measures.border, 0.05);
  if (measures.uniform < kNearlyAll * measures.pictures || spread > 16) return contract;
  contract.background = static_cast<int>(level);

  const double side = std::min(contract.height, contract.width);
  const double longest = Quantile(measures.longest, 0.5);
  const double tolerance = std::max(1.0, 0.05 * side);
  const bool one_size = Quantile(measures.longest, 0.95) - longest <= tolerance &&
                        longest - Quantile(measures.longest, 0.05) <= tolerance;
  const double mass = Quantile(measures.from_mass, kNearlyAll);
  const double box = Quantile(measures.from_box, kNearlyAll);
  if (!one_size || longest >= side - 1 || std::min(mass, box) > kCentredPx) return contract;
  contract.framing = image::Framing::kObject;
  contract.object.longest_side_share = static_cast<float>(longest / side);
  contract.object.centring = mass <= box ? image::Centring::kMass : image::Centring::kBox;
  const double stroke = Quantile(measures.stroke, 0.5);
  if (stroke > 0 && stroke < 0.2 * side) {
    contract.object.stroke_width_share = static_cast<float>(stroke / side);
  }
  return contract;
}

}  // namespace credence::train
