#include "data/describe.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "data/digest.h"

namespace credence::data {
namespace {

// Sums of levels in whole numbers: exact and in any order the same.
struct LevelSums {
  std::uint64_t count = 0, sum = 0, squares = 0;
};

void AddPicture(const image::Pixels& pixels, Description& out, LevelSums& sums) {
  const bool first = out.rows++ == 0;
  out.width_min = first ? pixels.width : std::min(out.width_min, pixels.width);
  out.width_max = std::max(out.width_max, pixels.width);
  out.height_min = first ? pixels.height : std::min(out.height_min, pixels.height);
  out.height_max = std::max(out.height_max, pixels.height);
  ++out.channel_rows[static_cast<std::size_t>(pixels.channels)];
  for (const std::uint8_t level : pixels.data) {
    out.level_min = std::min<int>(out.level_min, level);
    out.level_max = std::max<int>(out.level_max, level);
    sums.sum += level;
    sums.squares += std::uint64_t{level} * level;
  }
  sums.count += pixels.data.size();
}

std::string Range(int low, int high) {
  return low == high ? std::to_string(low) : std::to_string(low) + ".." + std::to_string(high);
}

std::string OneDecimal(double value) {
  const auto tenths = static_cast<std::int64_t>(value * 10 + 0.5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

// Copies `from` scaled by area averages into a cell of `sheet`, alpha over white, grey as RGB.
void PutCell(const image::Pixels& from, int left, int top, int cell, image::Pixels& sheet) {
  const int longer = std::max(from.width, from.height);
  const int width = std::max(1, from.width * cell / longer);
  const int height = std::max(1, from.height * cell / longer);
  const bool alpha = from.channels == 2 || from.channels == 4;
  const int colours = from.channels - (alpha ? 1 : 0);
  for (int y = 0; y < height; ++y) {
    const int y0 = y * from.height / height;
    const int y1 = std::max(y0 + 1, (y + 1) * from.height / height);
    for (int x = 0; x < width; ++x) {
      const int x0 = x * from.width / width;
      const int x1 = std::max(x0 + 1, (x + 1) * from.width / width);
      for (int c = 0; c < 3; ++c) {
        std::int64_t sum = 0;
        for (int v = y0; v < y1; ++v) {
          for (int u = x0; u < x1; ++u) {
            const std::uint8_t* pixel = from.row(v) + u * from.channels;
            const int opacity = alpha ? pixel[colours] : 255;
            sum += (pixel[colours == 1 ? 0 : c] * opacity + 255 * (255 - opacity)) / 255;
          }
        }
        sheet.row(top + y)[3 * (left + x) + c] =
            static_cast<std::uint8_t>(sum / ((y1 - y0) * (x1 - x0)));
      }
    }
  }
}

std::size_t GroupCount(const Dataset& dataset) {
  return std::set(dataset.groups().begin(), dataset.groups().end()).size();
}

}  // namespace

Result<Description> Describe(const Dataset& dataset, const DescribeOptions& options) {
  Result<RowReader> reader = dataset.NewReader();
  if (!reader) return reader.error();
  Description out;
  out.class_rows.resize(dataset.classes().size());
  out.class_read.resize(dataset.classes().size());
  for (const std::int32_t label : dataset.labels()) {
    ++(label < 0 ? out.unlabelled : out.class_rows[static_cast<std::size_t>(label)]);
  }
  LevelSums sums;
  RowDigest digest;
  Row row;
  for (std::int64_t i = 0; i < dataset.rows(); ++i) {
    if (const Result<void> read = reader->Read(i, row)) {
      AddPicture(row.picture.pixels, out, sums);
      digest.Add(row);
      if (row.label >= 0) ++out.class_read[static_cast<std::size_t>(row.label)];
    } else {
      ++out.unreadable;
      if (out.errors.size() < options.errors_max) out.errors.push_back(read.error().message);
    }
    if (options.progress && !options.progress(i + 1, dataset.rows())) {
      return Error{Code::kUnavailable, "stopped after " + std::to_string(i + 1) + " of " +
                                           std::to_string(dataset.rows()) + " rows"};
    }
  }
  if (sums.count > 0) {
    const auto count = static_cast<double>(sums.count);
    out.level_mean = static_cast<double>(sums.sum) / count;
    const double variance =
        static_cast<double>(sums.squares) / count - out.level_mean * out.level_mean;
    out.level_sd = std::sqrt(std::max(variance, 0.0));
  }
  if (out.unreadable == 0) out.sha256 = digest.Finish();
  return out;
}

std::string ToText(const Description& description, const Dataset& dataset) {
  const Description& d = description;
  std::string text = dataset.path().string() + ": " + std::string(KindName(dataset.kind()));
  if (!dataset.split().empty()) text += ", split " + dataset.split();
  text += ", " + std::to_string(dataset.rows()) + " pictures\n";
  text += "  layout   " + dataset.layout() + "\n";
  if (!dataset.groups().empty()) {
    text += "  groups   " + std::to_string(GroupCount(dataset)) + " by " + dataset.group_source() +
            ": pictures that belong together\n";
  }
  for (const std::string& note : dataset.notes()) text += "  note     " + note + "\n";
  text += "  size     " + Range(d.width_min, d.width_max) + " x " +
          Range(d.height_min, d.height_max) + " px;";
  for (std::size_t channels = 1; channels < d.channel_rows.size(); ++channels) {
    if (d.channel_rows[channels] == 0) continue;
    text += " " + std::to_string(d.channel_rows[channels]) + " with " + std::to_string(channels) +
            (channels == 1 ? " channel" : " channels");
  }
  text += "\n  levels   " + Range(d.level_min, d.level_max) + ", mean " + OneDecimal(d.level_mean) +
          ", standard deviation " + OneDecimal(d.level_sd) + "\n";
  if (!d.sha256.empty()) text += "  sha256   " + d.sha256 + "\n";
  if (d.unlabelled > 0) text += "  unlabelled " + std::to_string(d.unlabelled) + "\n";
  std::size_t widest = 0;
  for (const std::string& name : dataset.classes()) widest = std::max(widest, name.size());
  for (std::size_t i = 0; i < d.class_rows.size(); ++i) {
    const std::string& name = dataset.classes()[i];
    text += (i == 0 ? "  classes  " : "           ") + name +
            std::string(widest - name.size() + 2, ' ') + std::to_string(d.class_rows[i]) +
            (d.class_rows[i] > 0 && d.class_read[i] == 0 ? ", none of which can be read\n" : "\n");
  }
  if (d.unreadable > 0) text += "  unreadable " + std::to_string(d.unreadable) + "\n";
  for (const std::string& error : d.errors) text += "    " + error + "\n";
  if (d.unreadable > std::ssize(d.errors)) text += "    …\n";
  return text;
}

void WriteJson(const Description& description, const Dataset& dataset, JsonWriter& json) {
  const Description& d = description;
  json.BeginObject().Key("path").String(dataset.path().string());
  json.Key("kind").String(KindName(dataset.kind())).Key("split").String(dataset.split());
  json.Key("layout").String(dataset.layout());
  json.Key("rows").Number(dataset.rows()).Key("unreadable").Number(d.unreadable);
  json.Key("unlabelled").Number(d.unlabelled);
  json.Key("width").BeginArray().Number(d.width_min).Number(d.width_max).EndArray();
  json.Key("height").BeginArray().Number(d.height_min).Number(d.height_max).EndArray();
  json.Key("levels").BeginArray().Number(d.level_min).Number(d.level_max).EndArray();
  json.Key("levelMean").Number(d.level_mean).Key("levelSd").Number(d.level_sd);
  json.Key("sha256").String(d.sha256).Key("classes").BeginArray();
  for (std::size_t i = 0; i < d.class_rows.size(); ++i) {
    json.BeginObject().Key("name").String(dataset.classes()[i]);
    json.Key("rows").Number(d.class_rows[i]);
    json.Key("unreadable").Number(d.class_rows[i] - d.class_read[i]).EndObject();
  }
  json.EndArray().Key("notes").BeginArray();
  for (const std::string& note : dataset.notes()) json.String(note);
  json.EndArray().Key("errors").BeginArray();
  for (const std::string& error : d.errors) json.String(error);
  json.EndArray().EndObject();
}

Result<image::Pixels> ContactSheet(const Dataset& dataset, const ContactSheetOptions& options) {
  if (options.columns < 1 || options.columns > 100 || options.cell_px < 8 ||
      options.cell_px > 512 || options.classes_max < 1 || options.classes_max > 1000) {
    return Error{Code::kInvalidArgument,
                 "a contact sheet has 1 to 100 columns, cells of 8 to 512 px, 1 to 1000 classes"};
  }
  Result<RowReader> reader = dataset.NewReader();
  if (!reader) return reader.error();
  const int lines = std::clamp(static_cast<int>(dataset.classes().size()), 1, options.classes_max);
  const int pitch = options.cell_px + 2;
  image::Pixels sheet;
  sheet.Reshape(options.columns * pitch, lines * pitch, 3);
  std::fill(sheet.data.begin(), sheet.data.end(), std::uint8_t{128});
  std::vector<int> filled(static_cast<std::size_t>(lines));
  Row row;
  for (std::int64_t i = 0; i < dataset.rows(); ++i) {
    const int line = std::max(dataset.labels()[static_cast<std::size_t>(i)], 0);
    if (line >= lines || filled[static_cast<std::size_t>(line)] == options.columns) continue;
    const int column = filled[static_cast<std::size_t>(line)]++;
    if (!reader->Read(i, row)) continue;
    PutCell(row.picture.pixels, column * pitch + 1, line * pitch + 1, options.cell_px, sheet);
  }
  return sheet;
}

}  // namespace credence::data
