// Checks for options that are numbers. Their messages tell what is no number from what is out of
// range, and say what is expected.
#pragma once

#include <cstdint>
#include <string>

namespace CLI {
class Validator;
}

namespace credence::cli {

// For CLI11's check(): accepts decimal numbers from `low` to `high`, both included.
CLI::Validator WholeNumber(std::int64_t low, std::int64_t high);
CLI::Validator RealNumber(double low, double high);

// What is wrong with `text` as such a number: "abc is not a number; 0 to 9 is expected",
// "1.5 is not a whole number; …", "70 is out of range; …". Empty if nothing is.
std::string WholeNumberProblem(const std::string& text, std::int64_t low, std::int64_t high);
std::string RealNumberProblem(const std::string& text, double low, double high);

}  // namespace credence::cli
