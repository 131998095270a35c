// A plot with two axes as SVG.
//
//   Plot plot("roc", {.title = "ROC", .description = "…", .x = {.label = "…"}, .y = {.label =
//   "…"}}); plot.Line(points, "s1"); out += plot.Finish();
//
// Colours and strokes come from the page's style sheet by class name. Threads: confined to one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fitting/curves.h"

namespace credence::report::html {

// `text` with & < > " escaped.
std::string Escape(std::string_view text);

struct Axis {
  std::string label;
  double low = 0, high = 1;
  std::vector<double> ticks;  // those outside the range are left out
  bool logarithmic = false;   // then 0 < low
  double factor = 1;          // what a tick's text shows: its value times this
  std::string unit = {};      // behind the text
};

struct PlotText {
  std::string title;        // of the plot, for everyone
  std::string description;  // what it shows, for readers who cannot see it
  Axis x, y;
};

class Plot {
 public:
  // id: unique on the page.
  Plot(std::string_view id, const PlotText& text);

  // Draws a line through the points, thinned to what is visible. Clips values to the axes.
  void Line(std::span<const fitting::Point> points, std::string_view style);
  void Segment(fitting::Point from, fitting::Point to, std::string_view style);
  // tip: the text that a pointer on it shows.
  void Dot(fitting::Point at, double radius, std::string_view style, std::string_view tip);
  void Box(fitting::Point low, fitting::Point high, std::string_view style, std::string_view tip);
  // A vertical line over the whole height with a text at its top.
  void Mark(double x, std::string_view text);
  void Legend(std::string_view style, std::string_view text);

  std::string Finish();

 private:
  double X(double value) const;
  double Y(double value) const;
  void Axes();

  Axis x_, y_;
  std::string out_;
  std::string legend_;
};

}  // namespace credence::report::html
