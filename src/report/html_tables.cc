#include "report/html_tables.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/append.h"
#include "report/html_parts.h"
#include "report/html_svg.h"

namespace credence::report::html {
namespace {

using reliability::ConfidenceQuality;
using reliability::Estimate;

constexpr std::size_t kMatrixClassesMax = 30;

struct QualityRow {
  const char* name;
  const char* key;
  Estimate ConfidenceQuality::*figure;
  double factor;
  const char* better;
};
constexpr QualityRow kQualityRows[] = {
    {"error AUROC", "error_auroc", &ConfidenceQuality::error_auroc, 1, "more"},
    {"error FPR at 95 % TPR", "error_fpr95", &ConfidenceQuality::error_fpr95, 1, "less"},
    {"AURC × 1000", "aurc", &ConfidenceQuality::aurc, 1000, "less"},
    {"E-AURC × 1000", "e_aurc", &ConfidenceQuality::e_aurc, 1000, "less"},
    {"AUGRC × 1000", "augrc", &ConfidenceQuality::augrc, 1000, "less"},
    {"ECE, bins of equal width", "ece_equal_width", &ConfidenceQuality::ece_equal_width, 1, "less"},
    {"ECE, bins of equal mass", "ece_equal_mass", &ConfidenceQuality::ece_equal_mass, 1, "less"},
    {"NLL", "nll", &ConfidenceQuality::nll, 1, "less"},
    {"Brier score", "brier", &ConfidenceQuality::brier, 1, "less"},
    {"coverage at 1 % risk", "coverage_at_risk_1", &ConfidenceQuality::coverage_at_risk_1, 1,
     "more"},
    {"coverage at 2 % risk", "coverage_at_risk_2", &ConfidenceQuality::coverage_at_risk_2, 1,
     "more"},
    {"coverage at 5 % risk", "coverage_at_risk_5", &ConfidenceQuality::coverage_at_risk_5, 1,
     "more"},
};

// At most `most` classes, the worst recognised first when there are more.
std::vector<std::size_t> ShownClasses(const calibration::Evaluation& evaluation, std::size_t most) {
  const auto& classes = evaluation.breakdown.classes;
  std::vector<std::size_t> shown(classes.size());
  std::iota(shown.begin(), shown.end(), std::size_t{0});
  if (shown.size() <= most) return shown;
  std::erase_if(shown, [&](std::size_t k) { return classes[k].rows == 0; });
  std::stable_sort(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) {
    return classes[a].recall.value < classes[b].recall.value;
  });
  shown.resize(std::min(shown.size(), most));
  return shown;
}

// The pairs of classes that are confused most, where a matrix has no room.
std::string ConfusionList(const calibration::Evaluation& evaluation) {
  const std::size_t k = evaluation.class_names.size();
  const auto& counts = evaluation.breakdown.confusion;
  std::vector<std::size_t> pairs;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0 && i / k != i % k) pairs.push_back(i);
  }
  if (pairs.empty()) return "<p>No picture was taken for another class.</p>\n";
  std::stable_sort(pairs.begin(), pairs.end(),
                   [&](std::size_t a, std::size_t b) { return counts[a] > counts[b]; });
  pairs.resize(std::min(pairs.size(), kMatrixClassesMax));
  std::string rows;
  for (const std::size_t i : pairs) {
    Append(rows, "%s<td>%s</td><td>%zu</td></tr>\n", RowHead(evaluation.class_names[i / k]).c_str(),
           Escape(evaluation.class_names[i % k]).c_str(), counts[i]);
  }
  return Table("The most frequent confusions", {"label", "answer", "pictures"}, rows);
}

}  // namespace

std::string Fixed(double value) {
  std::string text;
  Append(text, "%.4f", value);
  return text;
}

static std::string Interval(const Estimate& e, double factor) {
  if (!std::isfinite(e.low) || !std::isfinite(e.high)) return "";
  std::string text;
  Append(text, " <span class=\"interval\">[%.4f, %.4f]</span>", factor * e.low, factor * e.high);
  return text;
}

std::string Cell(const std::string& path, const Estimate& e, double factor) {
  return "<td>" + Figure(path, e.value, Fixed(factor * e.value)) + Interval(e, factor) + "</td>";
}

std::string PercentCell(const std::string& path, const Estimate& e) {
  return "<td>" + Percent(path, e) + "</td>";
}

std::string RowHead(std::string_view name) {
  return "<tr><th scope=\"row\">" + Escape(name) + "</th>";
}

// The rows, each cell of which names its column's head, too.
static std::string WithHeads(const std::vector<std::string>& heads, std::string_view rows) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t tag; (tag = rows.find("<t")) != rows.npos; rows.remove_prefix(tag + 3)) {
    out += rows.substr(0, tag + 3);
    const char kind = rows[tag + 2];  // <tr>, <th> or <td>
    if (kind == 'r') column = 0;
    if (kind != 'h' && kind != 'd') continue;
    if (column < heads.size() && !heads[column].empty()) {
      Append(out, " data-head=\"%s\"", heads[column].c_str());
    }
    ++column;
  }
  return out.append(rows);
}

std::string Table(const std::string& caption, const std::vector<std::string>& heads,
                  const std::string& rows) {
  std::string out =
      "<div class=\"scroll\"><table class=\"rows\"><caption>" + caption + "</caption>\n";
  if (!heads.empty()) {
    out += "<thead><tr>";
    for (const std::string& head : heads) out += "<th scope=\"col\">" + head + "</th>";
    out += "</tr></thead>\n";
  }
  return out + "<tbody>\n" + WithHeads(heads, rows) + "</tbody></table></div>\n";
}

std::string QualityTable(const calibration::Evaluation& evaluation) {
  const reliability::ReportCard& card = evaluation.card;
  std::string rows;
  const auto add = [&](const std::string& name, const std::string& key, const auto& figure,
                       double factor, const char* better) {
    rows += RowHead(name) + Cell("card/confidence." + key, figure(card.confidence), factor) +
            Cell("card/p_correct." + key, figure(card.p_correct), factor) +
            Cell("card/scaled_softmax." + key, figure(card.scaled_softmax), factor) +
            Cell("card/max_softmax." + key, figure(card.max_softmax), factor) +
            "<td class=\"muted\">" + better + "</td></tr>\n";
  };
  for (const QualityRow& row : kQualityRows) {
    add(
        row.name, row.key, [&](const ConfidenceQuality& q) { return q.*row.figure; }, row.factor,
        row.better);
  }
  for (std::size_t i = 0; i < reliability::kSelectiveCoverages.size(); ++i) {
    const std::string coverage = std::to_string(reliability::kSelectiveCoverages[i]);
    add(
        "accuracy of the best " + coverage + " %", "accuracy_at_coverage_" + coverage,
        [&](const ConfidenceQuality& q) { return q.selective_accuracy[i]; }, 1, "more");
  }
  return Table("How well each confidence tells right answers from wrong ones, with 95 % intervals",
               {"", "confidence", "P(correct)", "temperature scaling", "max softmax", "better is"},
               rows);
}

std::string ComparisonTables(const calibration::Evaluation& evaluation) {
  std::string out;
  for (std::size_t i = 0; i < evaluation.comparisons.size(); ++i) {
    const calibration::Comparison& comparison = evaluation.comparisons[i];
    const std::string path = "comparisons/" + std::to_string(i);
    std::string rows;
    for (const QualityRow& row : kQualityRows) {
      const Estimate& theirs = comparison.quality.*row.figure;
      const Estimate& difference = comparison.difference.*row.figure;
      if (std::isnan(theirs.value)) continue;
      const bool more = row.better == std::string_view("more");
      const char* word = "not clearly different";
      if (difference.low > 0) word = more ? "better" : "worse";
      if (difference.high < 0) word = more ? "worse" : "better";
      const Estimate ours = {.value = (evaluation.card.confidence.*row.figure).value};
      rows += RowHead(row.name) +
              Cell("card/confidence." + std::string(row.key), ours, row.factor) +
              Cell(path + "/quality/" + row.key, theirs, row.factor) +
              Cell(path + "/difference/" + row.key, difference, row.factor) + "<td>" + word +
              "</td></tr>\n";
    }
    out += Table("Compared with " + Escape(comparison.name),
                 {"", "confidence", "the other", "difference, 95 % interval", "the confidence is"},
                 rows);
  }
  return out;
}

std::string SetTable(const calibration::Evaluation& evaluation) {
  std::string rows;
  for (std::size_t i = 0; i < evaluation.card.sets.size(); ++i) {
    const reliability::SetQuality& set = evaluation.card.sets[i];
    const std::string level = std::to_string(std::lround(100 * reliability::kCoverageLevels[i]));
    const std::string path = "card/sets." + level;
    rows += RowHead(level + " %") + PercentCell(path + ".coverage", set.coverage) + "<td>" +
            Figure(path + ".mean_size", set.mean_size.value, Fixed(set.mean_size.value)) + "</td>" +
            PercentCell(path + ".single_class", set.single_class) +
            PercentCell(path + ".worst_class_coverage", set.worst_class_coverage) + "</tr>\n";
  }
  return Table("Prediction sets",
               {"promised coverage", "measured coverage", "mean size", "sets of a single class",
                "lowest coverage of a class"},
               rows);
}

std::string VerdictTable(const calibration::Evaluation& evaluation) {
  std::string rows;
  const auto& verdicts = evaluation.breakdown.verdicts;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const std::string path = "verdicts/" + std::to_string(i);
    const std::string word(reliability::VerdictName(verdicts[i].verdict));
    rows += "<tr><th scope=\"row\"><span class=\"" + word + "\">" + word + "</span></th><td>" +
            Figure(path + "/rows", static_cast<double>(verdicts[i].rows), Count(verdicts[i].rows)) +
            "</td>" + PercentCell(path + "/accuracy", verdicts[i].accuracy) + "<td>" +
            Figure(path + "/meanConfidence", verdicts[i].mean_confidence,
                   PercentText(verdicts[i].mean_confidence)) +
            "</td></tr>\n";
  }
  return Table("Verdicts of the labelled pictures",
               {"verdict", "pictures", "right answers", "mean confidence"}, rows);
}

std::string SecondOpinionTable(const calibration::Evaluation& evaluation) {
  const reliability::SecondOpinionQuality& q = evaluation.card.second_opinion;
  if (std::isnan(q.accuracy.value)) return "<p>This profile has no pixel model.</p>\n";
  const std::string path = "card/second_opinion.";
  std::string rows;
  rows += RowHead("right answers of the model") +
          PercentCell("card/accuracy", evaluation.card.accuracy) + "</tr>\n";
  rows += RowHead("right answers of the pixel model alone") +
          PercentCell(path + "accuracy", q.accuracy) + "</tr>\n";
  rows += RowHead("both name the same class") + PercentCell(path + "agrees", q.agrees) + "</tr>\n";
  rows += RowHead("right where they agree") +
          PercentCell(path + "accuracy_where_agrees", q.accuracy_where_agrees) + "</tr>\n";
  rows += RowHead("the model is right where they differ") +
          PercentCell(path + "model_right_where_differs", q.model_right_where_differs) + "</tr>\n";
  rows += RowHead("the pixel model is right where they differ") +
          PercentCell(path + "right_where_differs", q.right_where_differs) + "</tr>\n";
  const auto& verdicts = evaluation.breakdown.verdicts;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    rows += RowHead("the pixel model is right among " +
                    std::string(reliability::VerdictName(verdicts[i].verdict))) +
            PercentCell("verdicts/" + std::to_string(i) + "/secondOpinionAccuracy",
                        verdicts[i].second_opinion_accuracy) +
            "</tr>\n";
  }
  return Table("The model and the second opinion", {}, rows);
}

std::string ClassTable(const calibration::Evaluation& evaluation) {
  std::string rows;
  const auto shown = ShownClasses(evaluation, kClassesShown);
  for (const std::size_t k : shown) {
    const fitting::ClassQuality& c = evaluation.breakdown.classes[k];
    const std::string path = "classes/" + std::to_string(k) + "/";
    const auto plain = [&](const char* key, const Estimate& e) {
      return PercentCell(path + key, {.value = e.value});
    };
    rows += RowHead(evaluation.class_names[k]) + "<td>" +
            Figure(path + "rows", static_cast<double>(c.rows), Count(c.rows)) + "</td>" +
            plain("precision", c.precision) + PercentCell(path + "recall", c.recall) +
            plain("f1", c.f1) + plain("secondOpinionRecall", c.second_opinion_recall) +
            plain("reliable", c.reliable) + plain("coverage95", c.coverage_95) + "</tr>\n";
  }
  return Table(shown.size() == evaluation.class_names.size()
                   ? "Every class"
                   : "The classes that are recognised worst",
               {"class", "pictures", "precision", "recall", "F1", "recall of the pixel model",
                "called reliable", "in the 95 % set"},
               rows);
}

std::string ConfusionMatrix(const calibration::Evaluation& evaluation) {
  const std::size_t k = evaluation.class_names.size();
  const std::string list = ConfusionList(evaluation);
  if (k > kMatrixClassesMax) return list;
  const auto& counts = evaluation.breakdown.confusion;
  std::string out =
      "<div class=\"narrow\">" + list +
      "</div>\n<div class=\"scroll wide\"><table class=\"matrix\"><caption>Confusion matrix: rows "
      "are labels, columns answers</caption>\n<thead><tr><th></th>";
  for (const std::string& name : evaluation.class_names) {
    out += "<th scope=\"col\">" + Escape(name) + "</th>";
  }
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < k; ++i) {
    out += RowHead(evaluation.class_names[i]);
    const std::size_t rows = evaluation.breakdown.classes[i].rows;
    for (std::size_t j = 0; j < k; ++j) {
      const std::size_t count = counts[i * k + j];
      if (count == 0) {
        out += "<td class=\"none\">·</td>";
        continue;
      }
      // The root makes a few mistakes visible beside hundreds of right answers.
      const double share = static_cast<double>(count) / static_cast<double>(rows);
      Append(out, "<td class=\"%s\" style=\"--weight:%.0f%%\">%s</td>", i == j ? "right" : "wrong",
             i == j ? 8 + 30 * share : 12 + 120 * std::sqrt(share),
             Figure("confusion/" + std::to_string(i) + "/" + std::to_string(j),
                    static_cast<double>(count), std::to_string(count))
                 .c_str());
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

}  // namespace credence::report::html
