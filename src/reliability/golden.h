// Golden reads the golden vectors of testdata/ (made by direct formulas in double; SciPy and
// scikit-learn where a second way existed). For tests only; run from the root of the repository.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace credence::reliability {

inline nlohmann::json Golden(const std::string& name) {
  std::ifstream file("src/reliability/testdata/" + name);
  EXPECT_TRUE(file.good()) << name;
  return nlohmann::json::parse(file);
}

inline double GoldenNumber(const nlohmann::json& value) {
  return value == "inf" ? std::numeric_limits<double>::infinity() : value.get<double>();
}

inline std::vector<double> Doubles(const nlohmann::json& array) {
  std::vector<double> values;
  for (const nlohmann::json& item : array) values.push_back(GoldenNumber(item));
  return values;
}

// Rows one after another.
inline std::vector<float> FloatRows(const nlohmann::json& rows) {
  std::vector<float> values;
  for (const nlohmann::json& row : rows) {
    for (const nlohmann::json& item : row) values.push_back(item.get<float>());
  }
  return values;
}

inline void ExpectRelative(double actual, double expected, double tolerance) {
  if (std::isinf(expected)) {
    EXPECT_EQ(actual, expected);
  } else {
    EXPECT_NEAR(actual, expected, tolerance * std::max(1.0, std::abs(expected)));
  }
}

}  // namespace credence::reliability
