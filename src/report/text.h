// What calibration and evaluation found, for a terminal and as JSON.
// Threads: pure functions.
#pragma once

#include <string>

#include "base/json_writer.h"
#include "calibration/calibrate.h"
#include "calibration/evaluate.h"
#include "reliability/report_card.h"

namespace credence::report {

// A table of the card: confidence, P(correct), temperature-scaled and raw softmax side by side;
// then prediction sets and verdicts. Figures with their 95 % intervals.
std::string ToText(const reliability::ReportCard& card);
// {"rows": …, "accuracy": {"value": …, "low": …, "high": …}, "confidence.nll": …}
void WriteJson(const reliability::ReportCard& card, JsonWriter& json);

// What was learned, the warnings, and the card on half B.
std::string ToText(const calibration::Calibration& calibration);
void WriteJson(const calibration::Calibration& calibration, JsonWriter& json);

std::string ToText(const calibration::Evaluation& evaluation);
void WriteJson(const calibration::Evaluation& evaluation, JsonWriter& json);

}  // namespace credence::report
