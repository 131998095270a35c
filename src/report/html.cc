#include "report/html.h"

#include <cmath>

#include "report/append.h"
#include "report/html_parts.h"
#include "report/html_svg.h"

namespace credence::report {
namespace html {

std::string Figure(std::string_view path, double value, std::string_view text) {
  if (!std::isfinite(value)) return "<span class=\"muted\">–</span>";
  std::string out;
  Append(out, "<data value=\"%.17g\" data-path=\"%s\">%s</data>", value, Escape(path).c_str(),
         std::string(text).c_str());
  return out;
}

std::string PercentText(double share) {
  // More digits where 100 or 0 would be said of what is not all or nothing.
  const double rest = std::min(share, 1 - share);
  const int digits = rest <= 0 ? 0 : rest < 0.0004 ? 3 : rest < 0.01 ? 2 : 1;
  std::string text;
  Append(text, "%.*f %%", digits, 100 * share);
  return text;
}

std::string Percent(std::string_view path, const reliability::Estimate& estimate) {
  std::string out = Figure(path, estimate.value, PercentText(estimate.value));
  if (std::isfinite(estimate.value) && std::isfinite(estimate.low)) {
    Append(out, " <span class=\"interval\">[%.2f, %.2f]</span>", 100 * estimate.low,
           100 * estimate.high);
  }
  return out;
}

std::string Count(std::size_t count) {
  std::string text = std::to_string(count);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, 1, ',');
  return text;
}

}  // namespace html

namespace {

using html::Escape;

std::string Tile(const std::string& name, const std::string& path,
                 const reliability::Estimate& estimate) {
  std::string interval = "not defined here";
  if (std::isfinite(estimate.low)) {
    interval.clear();
    Append(interval, "95 %% interval %.2f to %.2f", 100 * estimate.low, 100 * estimate.high);
  }
  return "<div class=\"tile\">" + name + "<b>" +
         html::Figure(path, estimate.value, html::PercentText(estimate.value)) +
         "</b><span class=\"interval\">" + interval + "</span></div>\n";
}

std::string Section(const char* id, const char* title, const std::string& inside) {
  std::string out;
  Append(out, "<section id=\"%s\" aria-labelledby=\"%s-h\"><h2 id=\"%s-h\">%s</h2>\n", id, id, id,
         title);
  return out + inside + "</section>\n";
}

std::string Half(const char* title, const std::string& plot) {
  return std::string("<div><h3>") + title + "</h3>\n" + plot + "</div>\n";
}

std::string Pair(const std::string& left, const std::string& right) {
  return "<div class=\"pair\">\n" + left + right + "</div>\n";
}

std::string Summary(const calibration::Evaluation& e) {
  std::string out;
  Append(out, "<p>Of %s pictures the model is right on %s. ", html::Count(e.card.rows).c_str(),
         html::PercentText(e.card.accuracy.value).c_str());
  Append(out, "It calls %s of its answers reliable; ",
         html::PercentText(e.card.reliable.value).c_str());
  if (e.profile.threshold && e.card.error_among_reliable.value >= 0) {
    Append(out, "of these %s are wrong, where at most %g %% was certified. ",
           html::PercentText(e.card.error_among_reliable.value).c_str(), 100 * e.profile.risk);
  } else if (!e.profile.threshold) {
    out += "no error rate could be certified when it was calibrated. ";
  }
  Append(out, "The mean confidence is %s.</p>\n",
         html::Figure("meanConfidence", e.mean_confidence, html::PercentText(e.mean_confidence))
             .c_str());
  for (const std::string& warning : e.warnings) {
    out += "<p class=\"warning\"><b>Warning:</b> " + Escape(warning) + "</p>\n";
  }
  return out;
}

std::string Tiles(const calibration::Evaluation& e) {
  return "<div class=\"tiles\">\n" + Tile("right answers", "card/accuracy", e.card.accuracy) +
         Tile("called reliable", "card/verdicts.reliable", e.card.reliable) +
         Tile("wrong among reliable", "card/error_among_reliable", e.card.error_among_reliable) +
         Tile("called unfamiliar", "card/verdicts.unfamiliar", e.card.unfamiliar) + "</div>\n";
}

std::string ConfidenceSection(const calibration::Evaluation& e) {
  return "<p>On the diagonal the stated confidence is the share of right answers. Vertical lines "
         "are 95 % intervals; a larger dot stands for more pictures.</p>\n" +
         Pair(Half("Is the confidence right?", html::ReliabilityDiagram(e)),
              Half("How many answers have it?", html::ConfidenceCounts(e))) +
         "<p>A confidence is useful when wrong answers have less of it than right ones. Accept "
         "answers from the most confident on, and count what is wrong among them.</p>\n" +
         Pair(Half("Risk and coverage", html::RiskCoveragePlot(e)),
              Half("Right answers against wrong ones", html::ErrorRoc(e))) +
         html::QualityTable(e) + html::ComparisonTables(e);
}

std::string ForeignSection(const calibration::Evaluation& e) {
  std::string plots = Half("Unfamiliarity score", html::UnfamiliarityPlot(e)) +
                      Half("Familiarity of the labelled pictures", html::FamiliarityPlot(e));
  if (!e.foreign.empty()) {
    plots += Half("Ordinary pictures against foreign ones", html::ForeignRoc(e));
  }
  std::string out =
      "<p>Pictures beyond the limit are called unfamiliar. Among pictures drawn like the "
      "calibration pictures the familiarity is evenly spread, so that 1 % have less than 1 %. "
      "Here " +
      html::Percent("card/flagged_1", e.card.flagged_1) +
      " of the labelled pictures have at most "
      "1 %, and " +
      html::Percent("card/flagged_5", e.card.flagged_5) + " at most 5 %.</p>\n" +
      "<div class=\"pair\">\n" + plots + "</div>\n";
  return e.foreign.empty() ? out : out + html::ForeignTable(e) + html::ForeignBaselineTable(e);
}

std::string PicturesSection(const calibration::Evaluation& e) {
  std::string out =
      "<h3>Most confident mistakes</h3>\n<p>What the label says, what the model "
      "answers, and how sure it is. Some labels are wrong, too.</p>\n" +
      html::Gallery(e.assessed.mistakes, e, html::Captions::kLabelled) +
      "<h3>Least familiar labelled pictures</h3>\n" +
      html::Gallery(e.assessed.strangest, e, html::Captions::kLabelled);
  for (const calibration::Foreign& foreign : e.foreign) {
    out += "<h3>" + Escape(foreign.assessed.name) +
           ": most confident of those not called unfamiliar</h3>\n" +
           html::Gallery(foreign.assessed.trusted, e, html::Captions::kForeign);
  }
  return out;
}

std::string ProfileSection(const calibration::Evaluation& e) {
  const reliability::Provenance& from = e.profile.provenance;
  std::string out = "<dl>\n";
  const auto add = [&](const char* name, const std::string& value) {
    Append(out, "<dt>%s</dt><dd>%s</dd>\n", name, Escape(value).c_str());
  };
  add("made by", from.creator + ", " + from.created);
  add("pictures", html::Count(from.rows_a) + " to learn, " + html::Count(from.rows_b) +
                      " to certify; seed " + std::to_string(from.seed));
  add("digest of the data", from.data_digest);
  std::string text;
  Append(text, "%.4f", e.profile.temperature);
  add("temperature", text);
  text = "nothing: no error rate could be certified";
  if (e.profile.threshold) {
    text.clear();
    Append(text, "P(correct) of at least %.4f: at most %g %% wrong, with confidence %g %%",
           *e.profile.threshold, 100 * e.profile.risk, 100 * (1 - e.profile.risk_error));
  }
  add("called reliable", text);
  if (e.profile.passes > 1) add("passes a picture", std::to_string(e.profile.passes));
  return out + "</dl>\n";
}

}  // namespace

std::string ToHtml(const calibration::Evaluation& e, const std::string& heading) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>Report "
      "card: " +
      Escape(heading) + "</title>\n<style>" + std::string(html::StyleSheet()) +
      "</style></head>\n<body>\n<header><h1>Report card</h1>\n<p class=\"sub\">" + Escape(heading) +
      "</p>\n<nav aria-label=\"Sections\"><a href=\"#verdicts\">Verdicts</a>"
      "<a href=\"#confidence\">Confidence</a><a href=\"#familiarity\">Familiarity</a>"
      "<a href=\"#classes\">Classes</a><a href=\"#pictures\">Pictures</a>"
      "<a href=\"#profile\">Profile</a></nav></header>\n<main>\n";
  out += Tiles(e);
  out += Section("verdicts", "Verdicts",
                 Summary(e) + html::VerdictBars(e) + html::VerdictTable(e) + html::LadderTable(e) +
                     html::CertificateTable(e) + html::FieldTables(e) + html::WorstGroupsTable(e) +
                     html::SetTable(e));
  out += Section("confidence", "Confidence", ConfidenceSection(e));
  out += Section("familiarity", "Familiarity", ForeignSection(e));
  out += Section("classes", "Classes",
                 html::ConfusionMatrix(e) + html::SecondOpinionTable(e) + html::ClassTable(e));
  out += Section("pictures", "Pictures worth looking at", PicturesSection(e));
  out += Section("profile", "Profile", ProfileSection(e));
  return out +
         "</main>\n<footer>Intervals are of 95 %: Clopper-Pearson for shares, bootstrap over "
         "pictures (groups, where they belong together) for the rest. Promises hold for pictures "
         "drawn like the calibration "
         "pictures.</footer>\n</body></html>\n";
}

}  // namespace credence::report
