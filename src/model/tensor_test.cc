#include "model/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace credence::model {
namespace {

using testing::HasSubstr;

// The value that comes back after it was stored as that type; NaN when it was refused.
double Stored(DataType type, double value) {
  Tensor tensor{.name = "x", .type = type, .shape = {1}, .data = {}};
  return AppendValue(value, tensor) ? ValueAt(tensor, 0) : std::nan("");
}

TEST(Tensor, TypesHaveTheirNamesAndSizes) {
  EXPECT_EQ(TypeName(DataType::kBool), "bool");
  EXPECT_EQ(TypeName(DataType::kBfloat16), "bfloat16");
  EXPECT_EQ(TypeName(DataType::kFloat64), "float64");
  EXPECT_EQ(ElementBytes(DataType::kBool), 1u);
  EXPECT_EQ(ElementBytes(DataType::kFloat16), 2u);
  EXPECT_EQ(ElementBytes(DataType::kInt64), 8u);
}

TEST(Tensor, IntegersHoldWhatTheyCanAndRefuseTheRest) {
  EXPECT_EQ(Stored(DataType::kInt8, -128), -128);
  EXPECT_TRUE(std::isnan(Stored(DataType::kInt8, 128)));
  EXPECT_TRUE(std::isnan(Stored(DataType::kUint8, -1)));
  EXPECT_TRUE(std::isnan(Stored(DataType::kInt32, 0.5)));
  EXPECT_TRUE(std::isnan(Stored(DataType::kBool, 2)));
  EXPECT_EQ(Stored(DataType::kInt64, std::ldexp(-1, 63)), std::ldexp(-1, 63));
  EXPECT_TRUE(std::isnan(Stored(DataType::kInt64, std::ldexp(1, 63))));
  EXPECT_TRUE(std::isnan(Stored(DataType::kUint64, std::ldexp(1, 64))));
  EXPECT_TRUE(std::isnan(Stored(DataType::kInt64, std::numeric_limits<double>::infinity())));
}

// Values of IEEE 754's binary16, from the standard's tables.
TEST(Tensor, HalfPrecisionRoundsToTheNearestEven) {
  EXPECT_EQ(Stored(DataType::kFloat16, 0), 0);
  EXPECT_EQ(Stored(DataType::kFloat16, 1), 1);
  EXPECT_EQ(Stored(DataType::kFloat16, -2.5), -2.5);
  EXPECT_EQ(Stored(DataType::kFloat16, 65504), 65504);
  EXPECT_EQ(Stored(DataType::kFloat16, 65520), std::numeric_limits<double>::infinity());
  EXPECT_EQ(Stored(DataType::kFloat16, 2049), 2048);
  EXPECT_EQ(Stored(DataType::kFloat16, 2051), 2052);
  EXPECT_EQ(Stored(DataType::kFloat16, std::ldexp(1, -24)), std::ldexp(1, -24));
  EXPECT_EQ(Stored(DataType::kFloat16, std::ldexp(1, -14)), std::ldexp(1, -14));
  EXPECT_EQ(Stored(DataType::kFloat16, std::ldexp(1, -26)), 0);
}

TEST(Tensor, BfloatKeepsEightBits) {
  EXPECT_EQ(Stored(DataType::kBfloat16, 256), 256);
  EXPECT_EQ(Stored(DataType::kBfloat16, 257), 256);
  EXPECT_EQ(Stored(DataType::kBfloat16, -0.5), -0.5);
}

TEST(CheckFits, NamesExpectedAndGot) {
  const TensorSpec spec{.name = "x", .type = DataType::kFloat32, .shape = {-1, 2}};
  Tensor tensor{.name = "x", .type = DataType::kFloat32, .shape = {3, 2}, .data = {}};
  tensor.data.resize(24);
  EXPECT_TRUE(CheckFits(tensor, spec));
  tensor.shape = {2, 3};
  EXPECT_EQ(CheckFits(tensor, spec).error().message,
            "input \"x\" is float32 [2, 3]; the model takes float32 [-1, 2]");
  tensor.shape = {4, 2};
  EXPECT_THAT(CheckFits(tensor, spec).error().message, HasSubstr("has 24 bytes"));
  tensor.type = DataType::kInt32;
  EXPECT_THAT(CheckFits(tensor, spec).error().message, HasSubstr("is int32 [4, 2]"));
}

}  // namespace
}  // namespace credence::model
