#include "data/digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <string>
#include <system_error>

#include "base/check.h"
#include "data/idx.h"
#include "data/strokes.h"

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr int kSideMin = 8, kSideMax = 4096;
constexpr double kObjectShare = 20.0 / 28;  // as MNIST frames its digits
constexpr std::array<const char*, 2> kSplits = {"train", "t10k"};

std::uint8_t Level(double value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5);
}

// Puts the strokes' bounds at `side` pixels for the longer side, centred on `middle`.
Placement Fit(const std::vector<Stroke>& strokes, double side, Point middle) {
  const Box box = Bounds(strokes);
  Placement placement;
  placement.scale = side / std::max(box.right - box.left, box.bottom - box.top);
  placement.origin = {middle.x - placement.scale * (box.left + box.right) / 2,
                      middle.y - placement.scale * (box.top + box.bottom) / 2};
  return placement;
}

Point CentreOfMass(const std::vector<float>& coverage, int width) {
  double mass = 1e-9, x = 0, y = 0;
  for (std::size_t i = 0; i < coverage.size(); ++i) {
    const std::size_t row = i / static_cast<std::size_t>(width);
    const std::size_t column = i % static_cast<std::size_t>(width);
    mass += coverage[i];
    x += coverage[i] * (static_cast<double>(column) + 0.5);
    y += coverage[i] * (static_cast<double>(row) + 0.5);
  }
  return {x / mass, y / mass};
}

void DrawFramed(const std::vector<Stroke>& strokes, int side, Random& random, image::Pixels& out) {
  const double middle = side / 2.0;
  Placement placement = Fit(strokes, side * kObjectShare, {middle, middle});
  placement.softness_px = std::max(1.0, side / 28.0 * random.Uniform(1.0, 1.7));
  std::vector<float> coverage;
  Render(strokes, placement, side, side, coverage);
  const Point mass = CentreOfMass(coverage, side);
  placement.origin.x += middle - mass.x;
  placement.origin.y += middle - mass.y;
  Render(strokes, placement, side, side, coverage);
  out.Reshape(side, side, 1);
  for (std::size_t i = 0; i < coverage.size(); ++i) {
    const double ink = coverage[i];
    // A little unevenness where there is ink; the background stays 0, as in MNIST.
    const double uneven = ink > 0 ? 1 - 0.05 * random.Uniform() : 0;
    out.data[i] = Level(255 * ink * uneven);
  }
}

struct Paper {
  std::array<double, 3> paper{}, ink{};
  double light_x, light_y, light_curve, grain, rule_every;

  explicit Paper(Random& random) {
    const double tone = random.Uniform(165, 240), warmth = random.Uniform(-4, 14);
    paper = {tone + warmth, tone + warmth / 2, tone - warmth};
    const double dark = random.Uniform(15, 75), blue = random.Uniform(0, 90);
    ink = {dark, dark + blue / 4, dark + blue};
    light_x = random.Uniform(-0.18, 0.18);
    light_y = random.Uniform(-0.18, 0.18);
    light_curve = random.Uniform(0, 0.20);
    grain = random.Uniform(1, 5);
    rule_every = random.Uniform() < 0.25 ? random.Uniform(0.12, 0.25) : 0;
  }
  // How much light falls on (x, y) in -1..1.
  double Light(double x, double y) const {
    return 1 + light_x * x + light_y * y - light_curve * (x * x + y * y) / 2;
  }
};

void DrawOnPaper(const std::vector<Stroke>& strokes, int side, Random& random, image::Pixels& out) {
  const int shorter = static_cast<int>(side * random.Uniform(0.75, 1.0));
  const bool wide = random.Uniform() < 0.5;
  const int width = wide ? side : shorter, height = wide ? shorter : side;
  const double object = shorter * random.Uniform(0.35, 0.8);
  const double free_x = (width - object) / 2 * 0.9, free_y = (height - object) / 2 * 0.9;
  Placement placement = Fit(strokes, object,
                            {width / 2.0 + free_x * random.Uniform(-1, 1),
                             height / 2.0 + free_y * random.Uniform(-1, 1)});
  placement.softness_px = std::max(1.0, side / 200.0 * random.Uniform(1.0, 3.0));
  std::vector<float> coverage;
  Render(strokes, placement, width, height, coverage);
  const Paper paper(random);
  const double rule_px = paper.rule_every * height;
  out.Reshape(width, height, 3);
  std::uint8_t* level = out.data.data();
  for (int y = 0; y < height; ++y) {
    const bool rule =
        rule_px > 0 && y - rule_px * std::floor(y / rule_px) < std::max(1.0, side / 160.0);
    for (int x = 0; x < width; ++x) {
      const std::size_t i = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                            static_cast<std::size_t>(x);
      const double light = paper.Light(2.0 * x / width - 1, 2.0 * y / height - 1);
      const double ink = 0.93 * static_cast<double>(coverage[i]);
      const double grain = paper.grain * random.Normal();
      for (std::size_t c = 0; c < 3; ++c) {
        const double ground = paper.paper[c] * (rule ? (c == 2 ? 0.92 : 0.8) : 1);
        *level++ = Level(light * (ground + ink * (paper.ink[c] - ground)) + grain);
      }
    }
  }
}

Result<void> Check(const DigitSetOptions& options) {
  if (options.digit.side_px < kSideMin || options.digit.side_px > kSideMax) {
    return Error{Code::kInvalidArgument, "side is " + std::to_string(options.digit.side_px) +
                                             " px; expected " + std::to_string(kSideMin) + " to " +
                                             std::to_string(kSideMax)};
  }
  if (options.train_rows < 0 || options.test_rows < 0 ||
      options.train_rows + options.test_rows == 0) {
    return Error{Code::kInvalidArgument, "no pictures to make; expected at least 1"};
  }
  return {};
}

Result<void> MakeFolder(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (!code) return {};
  return Error{Code::kNotFound, folder.string() + ": cannot be made: " + code.message()};
}

std::int64_t Rows(const DigitSetOptions& options, int split) {
  return split == 0 ? options.train_rows : options.test_rows;
}

Result<void> Advance(const DigitSetOptions& options, int split, std::int64_t row) {
  const std::int64_t done = row + 1 + (split == 0 ? 0 : options.train_rows);
  if (!options.progress || options.progress(done, options.train_rows + options.test_rows))
    return {};
  return Error{Code::kUnavailable, "stopped after " + std::to_string(done) + " pictures"};
}

Result<void> WriteIdxSplit(const fs::path& folder, const DigitSetOptions& options, int split) {
  const std::int64_t rows = Rows(options, split);
  const std::int64_t side = options.digit.side_px;
  const std::string name = kSplits[static_cast<std::size_t>(split)];
  const std::array<std::int64_t, 3> shape = {rows, side, side};
  Result<IdxWriter> pictures = IdxWriter::Create(folder / (name + "-images-idx3-ubyte.gz"), shape);
  if (!pictures) return pictures.error();
  std::vector<std::uint8_t> labels;
  image::Pixels pixels;
  for (std::int64_t row = 0; row < rows; ++row) {
    labels.push_back(static_cast<std::uint8_t>(DrawRow(options, split, row, pixels)));
    if (Result<void> done = pictures->Append(pixels.data); !done) return done;
    if (Result<void> go = Advance(options, split, row); !go) return go;
  }
  if (Result<void> done = pictures->Finish(); !done) return done;
  Result<IdxWriter> writer =
      IdxWriter::Create(folder / (name + "-labels-idx1-ubyte.gz"), std::span(shape).first(1));
  if (!writer) return writer.error();
  if (Result<void> done = writer->Append(labels); !done) return done;
  return writer->Finish();
}

std::string Padded(std::int64_t number) {
  const std::string text = std::to_string(number);
  return std::string(text.size() < 6 ? 6 - text.size() : 0, '0') + text;
}

}  // namespace

void DrawDigit(int digit, const DigitOptions& options, Random& random, image::Pixels& out) {
  CREDENCE_CHECK(options.side_px >= kSideMin && options.side_px <= kSideMax);
  const std::vector<Stroke> strokes = WriteDigit(digit, random);
  switch (options.style) {
    case DigitStyle::kMnist:
      return DrawFramed(strokes, options.side_px, random, out);
    case DigitStyle::kPaper:
      return DrawOnPaper(strokes, options.side_px, random, out);
  }
}

int DrawRow(const DigitSetOptions& options, int split, std::int64_t row, image::Pixels& out) {
  Random random(options.seed,
                2 * static_cast<std::uint64_t>(row) + static_cast<std::uint64_t>(split));
  const int digit = static_cast<int>(random.Below(10));
  DrawDigit(digit, options.digit, random, out);
  return digit;
}

Result<void> WriteDigitIdx(const fs::path& folder, const DigitSetOptions& options) {
  if (Result<void> checked = Check(options); !checked) return checked;
  if (options.digit.style != DigitStyle::kMnist) {
    return Error{Code::kInvalidArgument, "pictures like photos differ in size; IDX needs one size"};
  }
  if (Result<void> made = MakeFolder(folder); !made) return made;
  for (int split = 0; split < 2; ++split) {
    if (Rows(options, split) == 0) continue;
    if (Result<void> done = WriteIdxSplit(folder, options, split); !done) return done;
  }
  return {};
}

Result<void> WriteDigitFolders(
    const fs::path& folder, const DigitSetOptions& options,
    const std::function<std::vector<std::uint8_t>(const image::Pixels&)>& encode) {
  if (Result<void> checked = Check(options); !checked) return checked;
  image::Pixels pixels;
  for (int split = 0; split < 2; ++split) {
    const fs::path root = folder / kSplits[static_cast<std::size_t>(split)];
    for (int digit = 0; digit < 10 && Rows(options, split) > 0; ++digit) {
      if (Result<void> made = MakeFolder(root / std::to_string(digit)); !made) return made;
    }
    for (std::int64_t row = 0; row < Rows(options, split); ++row) {
      const int digit = DrawRow(options, split, row, pixels);
      const std::vector<std::uint8_t> bytes = encode(pixels);
      const fs::path file = root / std::to_string(digit) / (Padded(row) + ".png");
      std::ofstream out(file, std::ios::binary);
      out.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
      out.close();
      if (!out)
        return Error{Code::kUnavailable, file.string() + ": cannot be written (disk full?)"};
      if (Result<void> go = Advance(options, split, row); !go) return go;
    }
  }
  return {};
}

}  // namespace credence::data
