// How tables of the HTML report are written. Threads: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reliability/report_card.h"
#include "report/html_svg.h"

namespace credence::report::html {

std::string Fixed(double value);  // "0.1234"
// A cell with a figure as it is, times `factor`, and its interval. path: see Figure.
std::string Cell(const std::string& path, const reliability::Estimate& e, double factor = 1);
std::string PercentCell(const std::string& path, const reliability::Estimate& e);
std::string RowHead(std::string_view name);
// A table with these heads of its columns, which may be none, all as HTML. In a narrow window each
// row is a block.
std::string Table(const std::string& caption, const std::vector<std::string>& heads,
                  const std::string& rows);

}  // namespace credence::report::html
