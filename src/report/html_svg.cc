#include "report/html_svg.h"

#include <algorithm>
#include <cmath>

#include "report/append.h"

namespace credence::report::html {
namespace {

using fitting::Point;

// The drawing, in its own units; the style sheet makes it as wide as its column.
constexpr double kWidth = 480, kHeight = 342;
constexpr double kLeft = 88, kRight = 456, kTop = 42, kBottom = 284;
constexpr double kCharWidth = 13;  // of the largest letters that the style sheet gives a plot
constexpr double kVisible = 0.35;  // a step of a line that is shorter is not drawn

double Share(const Axis& axis, double value) {
  const double at = std::clamp(value, axis.low, axis.high);
  if (axis.logarithmic) return std::log(at / axis.low) / std::log(axis.high / axis.low);
  return (at - axis.low) / (axis.high - axis.low);
}

std::string TickText(const Axis& axis, double tick) {
  std::string text;
  Append(text, "%.10g%s", tick * axis.factor, axis.unit.c_str());
  return text;
}

}  // namespace

std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // Other control characters are not allowed in XML.
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return out;
}

Plot::Plot(std::string_view id, const PlotText& text) : x_(text.x), y_(text.y) {
  const std::string name(id);
  Append(out_,
         "<svg class=\"plot\" role=\"img\" viewBox=\"0 0 %g %g\" aria-labelledby=\"%s-t %s-d\">\n"
         "<title id=\"%s-t\">%s</title>\n<desc id=\"%s-d\">%s</desc>\n",
         kWidth, kHeight, name.c_str(), name.c_str(), name.c_str(), Escape(text.title).c_str(),
         name.c_str(), Escape(text.description).c_str());
  Axes();
}

double Plot::X(double value) const { return kLeft + Share(x_, value) * (kRight - kLeft); }
double Plot::Y(double value) const { return kBottom - Share(y_, value) * (kBottom - kTop); }

void Plot::Axes() {
  double room = kWidth;  // where the text to the right begins
  for (std::size_t i = x_.ticks.size(); i-- > 0;) {
    const double tick = x_.ticks[i];
    if (tick < x_.low || tick > x_.high) continue;
    Append(out_, "<line class=\"grid\" x1=\"%.1f\" y1=\"%g\" x2=\"%.1f\" y2=\"%g\"/>", X(tick),
           kTop, X(tick), kBottom);
    const std::string text = TickText(x_, tick);
    const double half = kCharWidth * static_cast<double>(text.size()) / 2;
    const double middle = std::min(X(tick), kWidth - half);
    if (middle + half <= room) {
      Append(out_, "<text class=\"tick\" x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%s</text>",
             middle, kBottom + 26, text.c_str());
      room = middle - half;
    }
    out_ += '\n';
  }
  for (const double tick : y_.ticks) {
    if (tick < y_.low || tick > y_.high) continue;
    Append(out_,
           "<line class=\"grid\" x1=\"%g\" y1=\"%.1f\" x2=\"%g\" y2=\"%.1f\"/>"
           "<text class=\"tick\" x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
           kLeft, Y(tick), kRight, Y(tick), kLeft - 7, Y(tick) + 4, TickText(y_, tick).c_str());
  }
  Append(out_, "<path class=\"axis\" d=\"M%g %gV%gH%g\"/>\n", kLeft, kTop, kBottom, kRight);
  Append(out_, "<text class=\"label\" x=\"%g\" y=\"%g\" text-anchor=\"middle\">%s</text>\n",
         (kLeft + kRight) / 2, kBottom + 50, Escape(x_.label).c_str());
  Append(out_, "<text class=\"label\" x=\"4\" y=\"21\">%s</text>\n", Escape(y_.label).c_str());
}

void Plot::Line(std::span<const Point> points, std::string_view style) {
  Append(out_, "<polyline class=\"line %s\" points=\"", std::string(style).c_str());
  double px = -1e9, py = -1e9;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double x = X(points[i].x), y = Y(points[i].y);
    const bool last = i + 1 == points.size();
    if (!last && std::abs(x - px) < kVisible && std::abs(y - py) < kVisible) continue;
    Append(out_, "%.1f,%.1f ", x, y);
    px = x;
    py = y;
  }
  out_ += "\"/>\n";
}

void Plot::Segment(Point from, Point to, std::string_view style) {
  Append(out_, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
         std::string(style).c_str(), X(from.x), Y(from.y), X(to.x), Y(to.y));
}

void Plot::Dot(Point at, double radius, std::string_view style, std::string_view tip) {
  Append(out_,
         "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%s</title></circle>\n",
         std::string(style).c_str(), X(at.x), Y(at.y), radius, Escape(tip).c_str());
}

void Plot::Box(Point low, Point high, std::string_view style, std::string_view tip) {
  Append(out_,
         "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
         "<title>%s</title></rect>\n",
         std::string(style).c_str(), X(low.x), Y(high.y), X(high.x) - X(low.x),
         Y(low.y) - Y(high.y), Escape(tip).c_str());
}

void Plot::Mark(double x, std::string_view text) {
  const bool right = X(x) > (kLeft + kRight) / 2;
  Append(out_,
         "<line class=\"mark\" x1=\"%.1f\" y1=\"%g\" x2=\"%.1f\" y2=\"%g\"/>"
         "<text class=\"tick\" x=\"%.1f\" y=\"%g\" text-anchor=\"%s\">%s</text>\n",
         X(x), kTop, X(x), kBottom, X(x) + (right ? -5 : 5), kTop + 16, right ? "end" : "start",
         Escape(text).c_str());
}

void Plot::Legend(std::string_view style, std::string_view text) {
  Append(legend_,
         "<li><svg class=\"key\" viewBox=\"0 0 26 10\" aria-hidden=\"true\">"
         "<line class=\"line %s\" x1=\"1\" y1=\"5\" x2=\"25\" y2=\"5\"/></svg>%s</li>",
         std::string(style).c_str(), Escape(text).c_str());
}

std::string Plot::Finish() {
  out_ += "</svg>\n";
  if (!legend_.empty()) out_ += "<ul class=\"legend\">" + legend_ + "</ul>\n";
  return std::move(out_);
}

}  // namespace credence::report::html
