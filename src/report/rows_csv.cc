#include "report/rows_csv.h"

#include <charconv>
#include <cmath>
#include <string_view>

namespace credence::report {
namespace {

void AddField(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
  } else {
    out += '"';
    for (const char c : text) out.append(c == '"' ? 2 : 1, c);
    out += '"';
  }
  out += ',';
}

template <class Number>
void AddNumber(std::string& out, Number value) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
  out += ',';
}

void EndRecord(std::string& out) { out.back() = '\n'; }

void AddRows(std::string& out, const calibration::Assessed& assessed,
             const std::vector<std::string>& class_names) {
  const std::size_t k = class_names.size();
  const auto name = [&](std::int32_t index) -> std::string_view {
    if (index < 0) return {};
    const auto i = static_cast<std::size_t>(index);
    return i < k ? std::string_view(class_names[i]) : std::string_view();
  };
  for (std::size_t i = 0; i < assessed.rows.size(); ++i) {
    const fitting::CardRow& row = assessed.rows[i];
    AddField(out, assessed.name);
    AddNumber(out, assessed.numbers[i]);
    AddField(out, name(row.label));
    AddField(out, name(row.predicted));
    AddField(out, name(row.second_opinion));
    for (const double value : {row.confidence, row.p_correct, row.scaled_softmax, row.max_softmax,
                               row.familiarity, row.unfamiliarity}) {
      AddNumber(out, value);
    }
    if (std::isnan(row.certified_risk)) {
      out += ',';
    } else {
      AddNumber(out, row.certified_risk);
    }
    AddField(out, reliability::VerdictName(row.verdict));
    AddField(out, assessed.reasons[i]);
    for (std::size_t c = 0; c < k; ++c) AddNumber(out, assessed.probabilities[i * k + c]);
    EndRecord(out);
  }
}

}  // namespace

std::string RowsCsv(const calibration::Evaluation& evaluation) {
  std::string out =
      "data,row,label,predicted,second_opinion,confidence,p_correct,scaled_softmax,max_softmax,"
      "familiarity,unfamiliarity,certified_risk,verdict,reasons,";
  for (const std::string& name : evaluation.class_names) AddField(out, "p:" + name);
  EndRecord(out);
  AddRows(out, evaluation.assessed, evaluation.class_names);
  for (const calibration::Foreign& foreign : evaluation.foreign) {
    AddRows(out, foreign.assessed, evaluation.class_names);
  }
  return out;
}

}  // namespace credence::report
