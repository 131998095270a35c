// How tables of the HTML report are written. Threads: pure functions.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "reliability/report_card.h"
#include "report/html_svg.h"

namespace credence::report::html {

std::string Fixed(double value);  // "0.1234"
// A cell with a figure as it is, times `factor`, and its interval. path: see Figure.
std::string Cell(const std::string& path, const reliability::Estimate& e, double factor = 1);
std::string PercentCell(const std::string& path, const reliability::Estimate& e);
std::string Header(std::initializer_list<const char*> names);
std::string RowHead(std::string_view name);
std::string Table(const std::string& caption, const std::string& inside);

}  // namespace credence::report::html
