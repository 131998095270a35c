#include "cli/numbers.h"

#include <charconv>
#include <cstdio>
#include <system_error>

#include <CLI/CLI.hpp>

namespace credence::cli {
namespace {

template <class T>
struct Parsed {
  T value{};
  std::errc error{};  // result_out_of_range, or invalid_argument also when more follows
};

template <class T>
Parsed<T> Parse(const std::string& text) {
  const char* begin = text.data();
  const char* const end = begin + text.size();
  if (text.size() > 1 && *begin == '+' && begin[1] != '-') ++begin;
  Parsed<T> parsed;
  const auto [stop, error] = std::from_chars(begin, end, parsed.value);
  parsed.error = error == std::errc() && stop != end ? std::errc::invalid_argument : error;
  if (error == std::errc::result_out_of_range && stop != end) {
    parsed.error = std::errc::invalid_argument;
  }
  return parsed;
}

std::string Text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string Expected(const std::string& low, const std::string& high) {
  return "; " + low + " to " + high + " is expected";
}

}  // namespace

std::string WholeNumberProblem(const std::string& text, std::int64_t low, std::int64_t high) {
  const auto whole = Parse<std::int64_t>(text);
  const std::size_t digit = text.find_first_not_of("+-");
  if (whole.error == std::errc() && text.substr(digit).size() > 1 && text[digit] == '0') {
    return '"' + text + "\" begins with a 0; write it without";  // CLI11 would read it as octal
  }
  if (whole.error == std::errc() && whole.value >= low && whole.value <= high) return "";
  const std::string expected = Expected(std::to_string(low), std::to_string(high));
  if (whole.error != std::errc::invalid_argument) return text + " is out of range" + expected;
  const bool real = Parse<double>(text).error == std::errc();
  return '"' + text + "\" is not a " + (real ? "whole number" : "number") + expected;
}

std::string RealNumberProblem(const std::string& text, double low, double high) {
  const auto real = Parse<double>(text);
  if (real.error == std::errc() && real.value >= low && real.value <= high) return "";
  const std::string expected = Expected(Text(low), Text(high));
  const bool is_nan = real.error == std::errc() && real.value != real.value;
  if (real.error != std::errc::invalid_argument && !is_nan) {
    return text + " is out of range" + expected;
  }
  return '"' + text + "\" is not a number" + expected;
}

CLI::Validator WholeNumber(std::int64_t low, std::int64_t high) {
  return {[low, high](const std::string& text) { return WholeNumberProblem(text, low, high); },
          std::to_string(low) + ".." + std::to_string(high)};
}

CLI::Validator RealNumber(double low, double high) {
  return {[low, high](const std::string& text) { return RealNumberProblem(text, low, high); },
          Text(low) + ".." + Text(high)};
}

}  // namespace credence::cli
