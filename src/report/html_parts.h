// The parts of the HTML report; html.cc puts them together. Each returns the content of a section.
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "calibration/evaluate.h"

namespace credence::report::html {

inline constexpr std::size_t kClassesShown = 100;  // rows of a table with one a class

std::string_view StyleSheet();

// ---- figures ----

// <data value="VALUE" data-path="PATH">TEXT</data>, or a dash where the figure is not defined.
// path: of the same figure in --json, e.g. "card/accuracy".
std::string Figure(std::string_view path, double value, std::string_view text);
// As a share: "98.3 %".
std::string Percent(std::string_view path, const reliability::Estimate& estimate);
std::string PercentText(double share);
// 5000 -> "5,000".
std::string Count(std::size_t count);

// ---- tables ----

std::string QualityTable(const calibration::Evaluation& evaluation);
std::string ComparisonTables(const calibration::Evaluation& evaluation);
std::string SetTable(const calibration::Evaluation& evaluation);
std::string VerdictTable(const calibration::Evaluation& evaluation);
std::string SecondOpinionTable(const calibration::Evaluation& evaluation);
std::string ClassTable(const calibration::Evaluation& evaluation);
std::string ForeignTable(const calibration::Evaluation& evaluation);
std::string ForeignBaselineTable(const calibration::Evaluation& evaluation);
std::string LadderTable(const calibration::Evaluation& evaluation);
std::string CertificateTable(const calibration::Evaluation& evaluation);
std::string FieldTables(const calibration::Evaluation& evaluation);
std::string WorstGroupsTable(const calibration::Evaluation& evaluation);

// ---- plots ----

std::string VerdictBars(const calibration::Evaluation& evaluation);
std::string ReliabilityDiagram(const calibration::Evaluation& evaluation);
std::string ConfidenceCounts(const calibration::Evaluation& evaluation);
std::string RiskCoveragePlot(const calibration::Evaluation& evaluation);
std::string ErrorRoc(const calibration::Evaluation& evaluation);
std::string ForeignRoc(const calibration::Evaluation& evaluation);
std::string UnfamiliarityPlot(const calibration::Evaluation& evaluation);
std::string FamiliarityPlot(const calibration::Evaluation& evaluation);
std::string ConfusionMatrix(const calibration::Evaluation& evaluation);

// ---- pictures ----

// A grid of pictures, or a sentence when there are none. kLabelled: the right classes are known.
enum class Captions { kLabelled, kForeign };
std::string Gallery(const std::vector<calibration::Exhibit>& exhibits,
                    const calibration::Evaluation& evaluation, Captions captions);

}  // namespace credence::report::html
