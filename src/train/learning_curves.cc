#include "train/learning_curves.h"

#include <algorithm>
#include <cstdio>

namespace credence::train {
namespace {

constexpr double kPanelWidth = 320, kPanelHeight = 200, kLeft = 60, kTop = 40, kGap = 90;
constexpr const char* kTrainColour = "#8a8f98";
constexpr const char* kValidationColour = "#1f6feb";

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", value);
  return text;
}

std::string Text(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + Short(x) + "\" y=\"" + Short(y) + "\" text-anchor=\"" + anchor + "\">" +
         text + "</text>\n";
}

struct Axis {
  double low = 0, high = 1;
};

template <class Value>
Axis Extent(std::span<const EpochRecord> epochs, Value value) {
  if (epochs.empty()) return {};
  Axis axis{.low = 1e300, .high = -1e300};
  for (const EpochRecord& epoch : epochs) {
    for (const double y : {value(epoch.train), value(epoch.validation)}) {
      axis = {std::min(axis.low, y), std::max(axis.high, y)};
    }
  }
  if (axis.high - axis.low < 1e-9) axis.high = axis.low + 1e-9;
  return axis;
}

template <class Value>
std::string Line(std::span<const EpochRecord> epochs, double left, const Axis& axis,
                 const char* colour, Value value) {
  std::string points;
  const double last = std::max<double>(1, static_cast<double>(epochs.size()) - 1);
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const double x = left + kPanelWidth * static_cast<double>(i) / last;
    const double share = (value(epochs[i]) - axis.low) / (axis.high - axis.low);
    points += Short(x) + "," + Short(kTop + kPanelHeight * (1 - share)) + " ";
  }
  return "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + std::string(colour) +
         "\" points=\"" + points + "\"/>\n";
}

template <class Value>
std::string Panel(std::span<const EpochRecord> epochs, double left, const std::string& title,
                  Value value) {
  const Axis axis = Extent(epochs, value);
  std::string svg = "<rect x=\"" + Short(left) + "\" y=\"" + Short(kTop) + "\" width=\"" +
                    Short(kPanelWidth) + "\" height=\"" + Short(kPanelHeight) +
                    "\" fill=\"none\" stroke=\"#d0d7de\"/>\n";
  svg += Text(left + kPanelWidth / 2, kTop - 14, "middle", title);
  svg += Text(left - 6, kTop + 10, "end", Short(axis.high));
  svg += Text(left - 6, kTop + kPanelHeight, "end", Short(axis.low));
  svg += Text(left, kTop + kPanelHeight + 18, "middle", "1");
  svg +=
      Text(left + kPanelWidth, kTop + kPanelHeight + 18, "middle", std::to_string(epochs.size()));
  svg += Text(left + kPanelWidth / 2, kTop + kPanelHeight + 18, "middle", "epoch");
  svg +=
      Line(epochs, left, axis, kTrainColour, [&](const EpochRecord& e) { return value(e.train); });
  svg += Line(epochs, left, axis, kValidationColour,
              [&](const EpochRecord& e) { return value(e.validation); });
  return svg;
}

}  // namespace

std::string LearningCurves(std::span<const EpochRecord> epochs) {
  constexpr double kWidth = 2 * kPanelWidth + kGap + 2 * kLeft, kHeight = kPanelHeight + 110;
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + Short(kWidth) +
                    " " + Short(kHeight) + "\" font-family=\"sans-serif\" font-size=\"12\">\n" +
                    "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  svg += Panel(epochs, kLeft, "loss (nats)", [](const Quality& q) { return q.loss; });
  svg += Panel(epochs, kLeft + kPanelWidth + kGap, "accuracy",
               [](const Quality& q) { return q.accuracy; });
  const double y = kTop + kPanelHeight + 48;
  for (const auto& [x, colour, name] : {std::tuple{kLeft, kTrainColour, "training"},
                                        std::tuple{kLeft + 110, kValidationColour, "validation"}}) {
    svg += "<rect x=\"" + Short(x) + "\" y=\"" + Short(y - 8) +
           "\" width=\"14\" height=\"4\" fill=\"" + colour + "\"/>\n";
    svg += Text(x + 20, y, "start", name);
  }
  return svg + "</svg>\n";
}

}  // namespace credence::train
