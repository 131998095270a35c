// The report card as one HTML file: tables, SVG plots, and the pictures worth looking at.
//
// Self-contained: no script, no reference to anything outside; pictures are data URIs. Well-formed
// XML as well as HTML. Light and dark by the reader's preference. Every figure is a
// <data value="…" data-path="…"> with the value of --json and its path there.
// Threads: pure function.
#pragma once

#include <string>

#include "calibration/evaluate.h"

namespace credence::report {

// heading: plain text that says what was evaluated on which data.
std::string ToHtml(const calibration::Evaluation& evaluation, const std::string& heading);

}  // namespace credence::report
