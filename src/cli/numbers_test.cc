#include "cli/numbers.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

namespace credence::cli {
namespace {

TEST(Numbers, TellNoNumberFromOutOfRange) {
  EXPECT_EQ(WholeNumberProblem("abc", 0, 9), "\"abc\" is not a number; 0 to 9 is expected");
  EXPECT_EQ(WholeNumberProblem("", 0, 9), "\"\" is not a number; 0 to 9 is expected");
  EXPECT_EQ(WholeNumberProblem("8x", 0, 9), "\"8x\" is not a number; 0 to 9 is expected");
  EXPECT_EQ(WholeNumberProblem("0x8", 0, 9), "\"0x8\" is not a number; 0 to 9 is expected");
  EXPECT_EQ(WholeNumberProblem("1.5", 0, 9), "\"1.5\" is not a whole number; 0 to 9 is expected");
  EXPECT_EQ(WholeNumberProblem("1e0", 0, 9), "\"1e0\" is not a whole number; 0 to 9 is expected");
  EXPECT_EQ(WholeNumberProblem("70", 0, 9), "70 is out of range; 0 to 9 is expected");
  EXPECT_EQ(WholeNumberProblem("-1", 0, 9), "-1 is out of range; 0 to 9 is expected");
  EXPECT_EQ(WholeNumberProblem("99999999999999999999", 0, INT64_MAX),
            "99999999999999999999 is out of range; 0 to 9223372036854775807 is expected");
  EXPECT_EQ(RealNumberProblem("x", 0, 0.5), "\"x\" is not a number; 0 to 0.5 is expected");
  EXPECT_EQ(RealNumberProblem("nan", 0, 0.5), "\"nan\" is not a number; 0 to 0.5 is expected");
  EXPECT_EQ(RealNumberProblem("0.6", 0, 0.5), "0.6 is out of range; 0 to 0.5 is expected");
  EXPECT_EQ(RealNumberProblem("inf", 0, 0.5), "inf is out of range; 0 to 0.5 is expected");
}

TEST(Numbers, TheEndsOfTheRangeAreInIt) {
  for (const char* text : {"-3", "0", "+7"}) EXPECT_EQ(WholeNumberProblem(text, -3, 7), "");
  EXPECT_EQ(RealNumberProblem("1e-4", 1e-4, 0.5), "");
}

TEST(Numbers, ALeadingZeroIsNotReadAsOctal) {
  EXPECT_EQ(WholeNumberProblem("010", 0, 99), "\"010\" begins with a 0; write it without");
  EXPECT_EQ(WholeNumberProblem("-010", -99, 99), "\"-010\" begins with a 0; write it without");
}

TEST(Numbers, AnOptionIsChecked) {
  int value = 0;
  CLI::App app;
  app.add_option("--n", value)->check(WholeNumber(0, 100));
  app.parse("--n 10", false);
  EXPECT_EQ(value, 10);
  EXPECT_THROW(app.parse("--n 1.5", false), CLI::ValidationError);
}

}  // namespace
}  // namespace credence::cli
