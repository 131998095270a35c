#include <algorithm>
#include <array>
#include <cmath>

#include "reliability/binomial.h"
#include "report/append.h"
#include "report/html_parts.h"
#include "report/html_svg.h"

namespace credence::report::html {
namespace {

using fitting::CardRow;
using fitting::Point;
using fitting::Scored;

std::vector<double> Fifths() { return {0, .2, .4, .6, .8, 1}; }
std::vector<double> Tenths() { return {.5, .6, .7, .8, .9, .95, 1}; }
std::vector<double> Decades() { return {1e-4, 1e-3, 1e-2, 1e-1, 1}; }

constexpr const char* kForeignStyles[] = {"s2", "s3", "s4", "s5"};

struct Score {
  const char* name;
  const char* style;
  double CardRow::*member;
};
constexpr Score kScores[] = {{"confidence", "s1", &CardRow::confidence},
                             {"temperature scaling", "s2", &CardRow::scaled_softmax},
                             {"max softmax", "s3", &CardRow::max_softmax}};

Axis Shares(std::string label) {
  return {.label = std::move(label), .ticks = Fifths(), .factor = 100, .unit = " %"};
}

// The lowest tick of a logarithmic axis of shares of `n`.
double LowestShare(std::size_t n) {
  const double least = 1 / static_cast<double>(std::max<std::size_t>(n, 10));
  return std::max(1e-4, std::pow(10, std::floor(std::log10(least))));
}

// About five round numbers from 0 to `high`.
std::vector<double> RoundTicks(double high) {
  const double power = std::pow(10, std::floor(std::log10(high / 4)));
  double step = power;
  for (const double factor : {2.0, 5.0, 10.0}) {
    if (high / step > 6) step = factor * power;
  }
  std::vector<double> ticks;
  for (int i = 0; i * step <= high; ++i) ticks.push_back(i * step);
  return ticks;
}

std::string Name(const calibration::Foreign& foreign) {
  const std::string path = foreign.assessed.name;
  return path.substr(path.find_last_of('/') + 1);
}

const char* ForeignStyle(std::size_t i) { return kForeignStyles[i % std::size(kForeignStyles)]; }

std::vector<double> Column(const std::vector<CardRow>& rows, double CardRow::*member) {
  std::vector<double> values;
  for (const CardRow& row : rows) values.push_back(row.*member);
  return values;
}

// The points from `low` on.
std::vector<Point> Right(std::vector<Point> line, double low) {
  std::erase_if(line, [low](const Point& point) { return point.x < low; });
  return line;
}

// Outline of a histogram as a line of steps.
std::vector<Point> Steps(const std::vector<double>& shares, double low, double high) {
  std::vector<Point> line;
  const double width = (high - low) / static_cast<double>(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double x = low + static_cast<double>(i) * width;
    line.push_back({x, shares[i]});
    line.push_back({x + width, shares[i]});
  }
  return line;
}

void AddVerdictBar(std::string& out, const std::string& name, std::span<const CardRow> rows) {
  std::array<std::size_t, 3> counts = {};  // in the order of Verdict
  for (const CardRow& row : rows) ++counts[static_cast<std::size_t>(row.verdict)];
  Append(out,
         "<div class=\"bar-row\"><span class=\"bar-name\">%s</span>"
         "<span class=\"bar\" role=\"img\" aria-label=\"",
         Escape(name).c_str());
  constexpr reliability::Verdict kVerdicts[] = {reliability::Verdict::kReliable,
                                                reliability::Verdict::kUncertain,
                                                reliability::Verdict::kUnfamiliar};
  std::string label, parts;
  for (const auto verdict : kVerdicts) {
    const double share = static_cast<double>(counts[static_cast<std::size_t>(verdict)]) /
                         static_cast<double>(rows.size());
    const std::string word(reliability::VerdictName(verdict));
    const std::string percent = PercentText(share);
    label += (label.empty() ? "" : ", ") + percent + " " + word;
    if (share == 0) continue;
    Append(parts, "<span class=\"part%s fill-%s\" style=\"width:%.3f%%\" title=\"%s %s\">%s</span>",
           share < 0.2 ? " slim" : "", word.c_str(), 100 * share, percent.c_str(), word.c_str(),
           share > 0.08 ? percent.c_str() : "");
  }
  out += label + "\">" + parts + "</span></div>\n";
}

}  // namespace

std::string VerdictBars(const calibration::Evaluation& evaluation) {
  std::string out = "<div class=\"bars\">\n";
  AddVerdictBar(out, "labelled pictures", evaluation.assessed.rows);
  for (const calibration::Foreign& foreign : evaluation.foreign) {
    if (!foreign.assessed.rows.empty()) AddVerdictBar(out, Name(foreign), foreign.assessed.rows);
  }
  return out +
         "<ul class=\"legend\"><li><span class=\"swatch fill-reliable\"></span>reliable</li>"
         "<li><span class=\"swatch fill-uncertain\"></span>uncertain</li>"
         "<li><span class=\"swatch fill-unfamiliar\"></span>unfamiliar</li></ul></div>\n";
}

std::string ReliabilityDiagram(const calibration::Evaluation& evaluation) {
  Plot plot("reliability",
            {.title = "Reliability diagram",
             .description = "The share of right answers against the stated confidence, in 15 bins, "
                            "with 95 % intervals. On the diagonal the confidence is right.",
             .x = Shares("stated confidence"),
             .y = Shares("share of right answers")});
  plot.Segment({0, 0}, {1, 1}, "ideal");
  const Score& raw = kScores[2];
  const Score& ours = kScores[0];
  for (const Score& score : {raw, ours}) {
    const Scored scored = Take(evaluation.assessed.rows, score.member);
    std::vector<Point> line;
    for (const auto& bin : fitting::ReliabilityBins(scored.score, scored.correct)) {
      if (bin.rows == 0) continue;
      const double share = static_cast<double>(bin.correct) / static_cast<double>(bin.rows);
      const auto interval = reliability::ClopperPearson(bin.correct, bin.rows);
      std::string tip;
      Append(tip, "%s: %zu pictures with mean confidence %s; right %s", score.name, bin.rows,
             PercentText(bin.mean_confidence).c_str(), PercentText(share).c_str());
      if (score.style == ours.style) {
        plot.Segment({bin.mean_confidence, interval.low}, {bin.mean_confidence, interval.high},
                     "whisker");
      }
      plot.Dot({bin.mean_confidence, share}, 2.5 + 0.8 * std::log10(static_cast<double>(bin.rows)),
               score.style, tip);
      line.push_back({bin.mean_confidence, share});
    }
    plot.Line(line, std::string(score.style) + " faint");
    plot.Legend(score.style, score.name);
  }
  plot.Legend("ideal", "confidence is right");
  return plot.Finish();
}

std::string ConfidenceCounts(const calibration::Evaluation& evaluation) {
  const Scored scored = Take(evaluation.assessed.rows, &CardRow::confidence);
  const auto bins = fitting::ReliabilityBins(scored.score, scored.correct);
  const double most = std::pow(10, std::ceil(std::log10(static_cast<double>(scored.score.size()))));
  std::vector<double> ticks;
  for (double tick = 1; tick <= most; tick *= 10) ticks.push_back(tick);
  Plot plot(
      "counts",
      {.title = "How many answers have which confidence",
       .description = "Numbers of right and of wrong answers in 15 bins of the "
                      "stated confidence, on a logarithmic scale.",
       .x = Shares("stated confidence"),
       .y = {.label = "pictures", .low = 0.5, .high = most, .ticks = ticks, .logarithmic = true}});
  for (const auto& bin : bins) {
    const double middle = (bin.low + bin.high) / 2;
    const auto right = static_cast<double>(bin.correct);
    const auto wrong = static_cast<double>(bin.rows - bin.correct);
    std::string tip;
    Append(tip, "confidence %.0f to %.0f %%: %.0f right, %.0f wrong", 100 * bin.low, 100 * bin.high,
           right, wrong);
    if (right > 0) plot.Box({bin.low + .004, 0.5}, {middle, right}, "fill-1", tip);
    if (wrong > 0) plot.Box({middle, 0.5}, {bin.high - .004, wrong}, "fill-2", tip);
  }
  plot.Legend("s1", "right answers");
  plot.Legend("s2 solid", "wrong answers");
  return plot.Finish();
}

std::string RiskCoveragePlot(const calibration::Evaluation& evaluation) {
  const reliability::ReportCard& card = evaluation.card;
  const double risk = std::max(1e-3, 1.15 * (1 - card.accuracy.value));
  // Few errors lie among the least confident answers: the rest of the axis would be empty.
  const double low = std::max(0.0, std::floor(10 * (1 - 12 * (1 - card.accuracy.value))) / 10);
  Plot plot("risk", {.title = "Risk and coverage",
                     .description = "The share of wrong answers among the most confident ones, "
                                    "against how many are accepted. Lower is better.",
                     .x = {.label = "accepted, the most confident first",
                           .low = std::min(low, 0.9),
                           .ticks = low < 0.5 ? Fifths() : Tenths(),
                           .factor = 100,
                           .unit = " %"},
                     .y = {.label = "wrong among the accepted",
                           .high = risk,
                           .ticks = RoundTicks(risk),
                           .factor = 100,
                           .unit = " %"}});
  const double right = card.accuracy.value;
  std::vector<Point> perfect = {{0, 0}};
  for (int i = 0; i <= 50; ++i) {
    const double x = right + (1 - right) * i / 50;
    perfect.push_back({x, (x - right) / x});
  }
  plot.Line(Right(perfect, low), "ideal");
  for (std::size_t i = std::size(kScores); i-- > 0;) {
    const Scored scored = Take(evaluation.assessed.rows, kScores[i].member);
    const auto curve = fitting::RiskCoverageCurve(scored.score, scored.correct);
    plot.Line(Right(curve, low), kScores[i].style);
  }
  if (card.error_among_reliable.value >= 0) {
    plot.Dot({card.reliable.value, card.error_among_reliable.value}, 5, "fill-reliable",
             "answers called reliable");
    plot.Legend("s-reliable", "called reliable");
  }
  for (const Score& score : kScores) plot.Legend(score.style, score.name);
  plot.Legend("ideal", "perfect order");
  return plot.Finish();
}

std::string ErrorRoc(const calibration::Evaluation& evaluation) {
  const auto& rows = evaluation.assessed.rows;
  const auto wrong = static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const CardRow& r) { return r.correct() == 0; }));
  if (wrong == 0 || wrong == rows.size()) {
    return "<p>Not defined: there are no right or no wrong answers.</p>\n";
  }
  const double low = LowestShare(wrong);
  Plot plot("error-roc", {.title = "Right answers against wrong ones (ROC)",
                          .description = "Share of right answers accepted against share of wrong "
                                         "ones accepted. Up and left is better.",
                          .x = {.label = "wrong answers accepted (logarithmic)",
                                .low = low,
                                .ticks = Decades(),
                                .logarithmic = true,
                                .factor = 100,
                                .unit = " %"},
                          .y = Shares("right answers accepted")});
  for (std::size_t i = std::size(kScores); i-- > 0;) {
    std::vector<double> positive, negative;
    for (const CardRow& row : rows) {
      (row.correct() != 0 ? positive : negative).push_back(row.*kScores[i].member);
    }
    plot.Line(fitting::RocCurve(positive, negative), kScores[i].style);
  }
  for (const Score& score : kScores) plot.Legend(score.style, score.name);
  return plot.Finish();
}

std::string ForeignRoc(const calibration::Evaluation& evaluation) {
  std::size_t most = 10;
  for (const calibration::Foreign& f : evaluation.foreign)
    most = std::max(most, f.assessed.rows.size());
  Plot plot("foreign-roc", {.title = "Ordinary pictures against foreign ones (ROC)",
                            .description = "Share of ordinary pictures accepted against share of "
                                           "foreign ones accepted, by familiarity and by "
                                           "softmax. Up and left is better.",
                            .x = {.label = "foreign pictures accepted (logarithmic)",
                                  .low = LowestShare(most),
                                  .ticks = Decades(),
                                  .logarithmic = true,
                                  .factor = 100,
                                  .unit = " %"},
                            .y = Shares("ordinary pictures accepted")});
  const auto& rows = evaluation.assessed.rows;
  for (std::size_t i = 0; i < evaluation.foreign.size(); ++i) {
    const auto& foreign = evaluation.foreign[i].assessed.rows;
    auto own = Column(rows, &CardRow::unfamiliarity);
    auto other = Column(foreign, &CardRow::unfamiliarity);
    for (double& u : own) u = -u;
    for (double& u : other) u = -u;
    const std::string style = ForeignStyle(i);
    plot.Line(fitting::RocCurve(Column(rows, &CardRow::scaled_softmax),
                                Column(foreign, &CardRow::scaled_softmax)),
              style + " dashed");
    plot.Line(fitting::RocCurve(own, other), style + " solid");
    plot.Legend(style + " solid", Name(evaluation.foreign[i]) + ", familiarity");
    plot.Legend(style + " dashed", Name(evaluation.foreign[i]) + ", scaled softmax");
  }
  return plot.Finish();
}

std::string UnfamiliarityPlot(const calibration::Evaluation& evaluation) {
  constexpr std::size_t kBins = 60;
  // The logarithm spreads what lies between the ordinary and the very strange.
  const auto logs = [](const std::vector<CardRow>& rows) {
    std::vector<double> values;
    for (const CardRow& r : rows) values.push_back(std::log10(std::max(r.unfamiliarity, 0.1)));
    return values;
  };
  double high = std::log10(evaluation.profile.unfamiliar_above) + 1;
  double highest_share = 0;
  std::vector<std::pair<std::string, std::vector<double>>> lines;
  lines.emplace_back("labelled pictures", logs(evaluation.assessed.rows));
  for (const calibration::Foreign& f : evaluation.foreign)
    lines.emplace_back(Name(f), logs(f.assessed.rows));
  for (const auto& [name, values] : lines) {
    for (const double v : values) high = std::max(high, v);
  }
  const double low = -1;
  for (auto& [name, values] : lines) {
    values = fitting::Histogram(values, low, high, kBins);
    highest_share = std::max(highest_share, *std::max_element(values.begin(), values.end()));
  }
  // The axis is in u itself; the steps are spaced evenly in its logarithm.
  std::vector<double> ticks;
  for (double tick = 0.1; tick <= std::pow(10, high); tick *= 10) ticks.push_back(tick);
  Plot plot("unfamiliarity",
            {.title = "Unfamiliarity score",
             .description = "Histograms of the unfamiliarity score of ordinary and of foreign "
                            "pictures, with the limits of the verdict.",
             .x = {.label = "unfamiliarity score (logarithmic)",
                   .low = std::pow(10, low),
                   .high = std::pow(10, high),
                   .ticks = ticks,
                   .logarithmic = true},
             .y = {.label = "share of the pictures",
                   .high = highest_share * 1.15,
                   .ticks = RoundTicks(highest_share * 1.15),
                   .factor = 100,
                   .unit = " %"}});
  for (std::size_t i = lines.size(); i-- > 0;) {
    std::vector<Point> steps = Steps(lines[i].second, low, high);
    for (Point& point : steps) point.x = std::pow(10, point.x);
    plot.Line(steps, i == 0 ? "s1" : ForeignStyle(i - 1));
  }
  plot.Mark(evaluation.profile.unfamiliar_above, "unfamiliar");
  for (std::size_t i = 0; i < lines.size(); ++i) {
    plot.Legend(i == 0 ? "s1" : ForeignStyle(i - 1), lines[i].first);
  }
  return plot.Finish();
}

std::string FamiliarityPlot(const calibration::Evaluation& evaluation) {
  constexpr std::size_t kBins = 20;
  const auto shares =
      fitting::Histogram(Column(evaluation.assessed.rows, &CardRow::familiarity), 0, 1, kBins);
  const double high = 1.25 * std::max(*std::max_element(shares.begin(), shares.end()), 1.0 / kBins);
  Plot plot("familiarity",
            {.title = "Familiarity of the labelled pictures",
             .description = "Histogram of the familiarity p. Where the pictures are drawn like the "
                            "calibration pictures it is flat.",
             .x = Shares("familiarity p"),
             .y = {.label = "share of the pictures",
                   .high = high,
                   .ticks = RoundTicks(high),
                   .factor = 100,
                   .unit = " %"}});
  for (std::size_t i = 0; i < kBins; ++i) {
    const double x = static_cast<double>(i) / kBins;
    std::string tip;
    Append(tip, "p %.2f to %.2f: %s of the pictures", x, x + 1.0 / kBins,
           PercentText(shares[i]).c_str());
    plot.Box({x + .003, 0}, {x + 1.0 / kBins - .003, shares[i]}, "fill-1", tip);
  }
  plot.Segment({0, 1.0 / kBins}, {1, 1.0 / kBins}, "ideal");
  plot.Legend("s1", "labelled pictures");
  plot.Legend("ideal", "drawn like the calibration pictures");
  return plot.Finish();
}

}  // namespace credence::report::html
