// The tables of what was promised, and of pictures that are not the model's business.
#include <cmath>

#include "report/append.h"
#include "report/html_parts.h"
#include "report/html_tables.h"

namespace credence::report::html {
namespace {

using reliability::Estimate;

std::string Plain(const std::string& text) { return "<td>" + text + "</td>"; }

std::string RiskText(double risk) {
  std::string text;
  Append(text, "%g %%", 100 * risk);
  return text;
}

}  // namespace

std::string LadderTable(const calibration::Evaluation& evaluation) {
  const reliability::VerdictRule& rule = evaluation.profile.rule;
  if (rule.rungs.empty()) return "";
  std::string rows;
  for (std::size_t i = 0; i < evaluation.ladder.size(); ++i) {
    const fitting::RungQuality& rung = evaluation.ladder[i];
    const std::string path = "ladder/" + std::to_string(i);
    const bool chosen = rule.rung == i;
    rows += RowHead(RiskText(rung.risk) + (chosen ? ": these are called reliable" : ""));
    if (!rule.rungs[i].theta) {
      rows += Plain("not certified") + Plain("–") + Plain("–") + Plain("–") + "</tr>\n";
      continue;
    }
    const double from = reliability::Sigmoid(*rule.rungs[i].theta);
    rows += Plain(Fixed(from)) + PercentCell(path + "/share", rung.share) +
            PercentCell(path + "/error", rung.error) +
            Plain(Figure(path + "/saving", rung.saving, Fixed(rung.saving))) + "</tr>\n";
  }
  return Table(
      "Error rates that were certified, all at once, and what they are here",
      {"certified risk", "from P(correct) on", "accepted", "wrong among them", "saving a picture"},
      rows);
}

std::string CertificateTable(const calibration::Evaluation& evaluation) {
  if (!evaluation.profile.rule.rung) return "";
  std::string rows;
  std::size_t shown = 0;
  for (std::size_t k = 0; k < evaluation.certificates.size() && shown < kClassesShown; ++k) {
    const calibration::ClassCertificate& c = evaluation.certificates[k];
    const bool own = !std::isnan(c.risk);
    if (!own && evaluation.certificates.size() > kClassesShown) continue;
    ++shown;
    const std::string path = "certificates/" + std::to_string(k);
    rows +=
        RowHead(evaluation.class_names[k]) +
        Plain(own ? Figure(path + "/risk", c.risk, RiskText(c.risk)) : "not certified on its own") +
        Plain(Figure(path + "/reliable", static_cast<double>(c.reliable), Count(c.reliable))) +
        Plain(Figure(path + "/errors", static_cast<double>(c.errors), Count(c.errors))) + "</tr>\n";
  }
  return Table("Promises for single classes",
               {"class", "certified risk of its own", "called reliable", "wrong among them"}, rows);
}

std::string FieldTables(const calibration::Evaluation& evaluation) {
  std::string out;
  for (std::size_t i = 0; i < evaluation.fields.size(); ++i) {
    const fitting::FieldCard& card = evaluation.fields[i];
    const std::string path = "fields/" + std::to_string(i) + "/";
    std::string rows = RowHead("all pictures right") + PercentCell(path + "right", card.right) +
                       Plain("–") + "</tr>\n" + RowHead("called reliable") +
                       PercentCell(path + "reliable", card.reliable) +
                       PercentCell(path + "errorAmongReliable", card.error_among_reliable) +
                       "</tr>\n" + RowHead("called unfamiliar") +
                       PercentCell(path + "unfamiliar", card.unfamiliar) + Plain("–") + "</tr>\n";
    for (std::size_t j = 0; j < card.rungs.size(); ++j) {
      const fitting::FieldCard::Rung& rung = card.rungs[j];
      const std::string at = path + "ladder/" + std::to_string(j) + "/";
      rows += RowHead("certified risk " + RiskText(rung.risk) +
                      (rung.chosen ? ": these are called reliable" : "")) +
              (rung.certified
                   ? PercentCell(at + "share", rung.share) + PercentCell(at + "error", rung.error)
                   : Plain("not certified") + Plain("–")) +
              "</tr>\n";
    }
    std::string title;
    Append(title, "Fields of %zu pictures, %s: %s of them", card.length,
           card.given ? "the groups of the data" : "made of independent ones",
           Count(card.fields).c_str());
    out += Table(title.c_str(), {"", "share of the fields", "with a wrong picture"}, rows);
  }
  return out;
}

std::string WorstGroupsTable(const calibration::Evaluation& evaluation) {
  if (evaluation.worst_groups.empty()) return "";
  std::string rows;
  for (const calibration::GroupErrors& group : evaluation.worst_groups) {
    rows += RowHead(group.first) + Plain(Count(group.rows)) + Plain(Count(group.errors)) +
            Plain(Count(group.reliable_errors)) + "</tr>\n";
  }
  return Table(
      "The groups with the most mistakes",
      {"group, by its first wrong picture", "pictures", "wrong", "wrong and called reliable"},
      rows);
}

std::string ForeignTable(const calibration::Evaluation& evaluation) {
  std::vector<std::string> heads = {""};
  for (const calibration::Foreign& foreign : evaluation.foreign) {
    heads.push_back(Escape(foreign.assessed.name));
  }
  std::string rows;
  const auto add = [&](const char* name, const char* key, Estimate fitting::ForeignCard::*e,
                       bool share) {
    rows += RowHead(name);
    for (std::size_t i = 0; i < evaluation.foreign.size(); ++i) {
      const std::string path = "foreign/" + std::to_string(i) + "/" + key;
      const Estimate& estimate = evaluation.foreign[i].card.*e;
      rows += share ? PercentCell(path, estimate) : Cell(path, estimate);
    }
    rows += "</tr>\n";
  };
  using Card = fitting::ForeignCard;
  add("called unfamiliar", "unfamiliar", &Card::unfamiliar, true);
  add("called reliable", "reliable", &Card::reliable, true);
  add("confidence of .9 or more", "confident", &Card::confident, true);
  add("P(correct) of .9 or more", "confident_ungated", &Card::confident_ungated, true);
  add("familiarity p at most 1 %", "flagged_1", &Card::flagged_1, true);
  add("familiarity p at most 5 %", "flagged_5", &Card::flagged_5, true);
  add("AUROC of familiarity", "auroc", &Card::auroc, false);
  add("FPR at 95 % TPR", "fpr95", &Card::fpr95, false);
  add("AUPR", "aupr", &Card::aupr, false);
  add("joint AUROC: accept the right, reject wrong and foreign", "joint_auroc", &Card::joint_auroc,
      false);
  add("the same by the scaled softmax alone", "joint_auroc_scaled_softmax",
      &Card::joint_auroc_scaled_softmax, false);
  return Table("How pictures that are not the model's business are noticed", heads, rows);
}

std::string ForeignBaselineTable(const calibration::Evaluation& evaluation) {
  std::string rows;
  for (std::size_t i = 0; i < evaluation.foreign.size(); ++i) {
    const calibration::Foreign& foreign = evaluation.foreign[i];
    for (std::size_t j = 0; j < foreign.comparisons.size(); ++j) {
      const fitting::ForeignScore& score = foreign.comparisons[j].score;
      const std::string path =
          "foreign/" + std::to_string(i) + "/comparisons/" + std::to_string(j) + "/";
      rows += RowHead(foreign.assessed.name) + Plain(Escape(foreign.comparisons[j].name)) +
              Cell(path + "auroc", score.auroc) + Cell(path + "difference", score.difference) +
              Cell(path + "fpr95", score.fpr95) + "</tr>\n";
    }
  }
  return Table("The same by other scores, of the same answers",
               {"pictures", "score", "AUROC", "ours minus it", "FPR at 95 % TPR"}, rows);
}

}  // namespace credence::report::html
