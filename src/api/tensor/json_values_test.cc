#include "api/tensor/json_values.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace credence::api::tensor {
namespace {

using model::DataType;

template <class T>
model::Tensor Of(DataType type, std::vector<std::int64_t> shape, std::vector<T> values) {
  model::Tensor tensor{.name = "t", .type = type, .shape = std::move(shape), .data = {}};
  tensor.data.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
  return tensor;
}

std::string Nested(const model::Tensor& tensor) {
  std::string out;
  AppendNested(tensor, 0, 0, out);
  return out;
}

std::string ErrorOf(std::string_view text, DataType type) {
  JsonReader json(text);
  std::vector<std::byte> data;
  const auto read = ReadElement(json, type, data);
  return read ? "" : read.error().message;
}

template <class T>
T ReadOne(std::string_view text, DataType type) {
  JsonReader json(text);
  std::vector<std::byte> data;
  const auto read = ReadElement(json, type, data);
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  EXPECT_EQ(data.size(), sizeof(T));
  T value{};
  std::memcpy(&value, data.data(), std::min(data.size(), sizeof value));
  return value;
}

TEST(JsonValues, FloatsLookLikeFloats) {
  const float inf = std::numeric_limits<float>::infinity();
  const auto floats = Of<float>(
      DataType::kFloat32, {2, 4},
      {1, -0.0f, 0.1f, 1e-7f, 1234567, std::numeric_limits<float>::quiet_NaN(), inf, -inf});
  EXPECT_EQ(Nested(floats), "[[1.0,-0.0,0.1,1e-07],[1234567.0,NaN,Infinity,-Infinity]]");
  EXPECT_EQ(Nested(Of<double>(DataType::kFloat64, {}, {2})), "2.0");
  EXPECT_EQ(Nested(Of<std::uint16_t>(DataType::kFloat16, {1}, {0x3C00})), "[1.0]");
}

TEST(JsonValues, OtherTypesLookLikeThemselves) {
  EXPECT_EQ(Nested(Of<std::int64_t>(DataType::kInt64, {1, 1}, {-9007199254740993})),
            "[[-9007199254740993]]");
  EXPECT_EQ(Nested(Of<std::uint8_t>(DataType::kBool, {2}, {1, 0})), "[true,false]");
  EXPECT_EQ(Nested(Of<std::int8_t>(DataType::kInt8, {2, 0}, {})), "[[],[]]");
}

TEST(JsonValues, NumbersAreReadAsTheModelsType) {
  EXPECT_EQ(ReadOne<float>("1", DataType::kFloat32), 1.0f);
  EXPECT_EQ(ReadOne<float>("1e40", DataType::kFloat32), std::numeric_limits<float>::infinity());
  EXPECT_EQ(ReadOne<std::int64_t>("-9223372036854775808", DataType::kInt64),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(ReadOne<std::uint8_t>("255", DataType::kUint8), 255);
  EXPECT_EQ(ReadOne<std::uint16_t>("1.5", DataType::kFloat16), 0x3E00);
  EXPECT_EQ(ReadOne<std::uint8_t>("true", DataType::kBool), 1);
}

TEST(JsonValues, AnotherKindIsRefusedWithValueAndType) {
  EXPECT_EQ(ErrorOf("\"a\"", DataType::kFloat32),
            "JSON Value: \"a\" Type: String is not of expected type: float");
  EXPECT_EQ(ErrorOf("1.0", DataType::kInt32),
            "JSON Value: 1.0 Type: Number is not of expected type: int32");
  EXPECT_EQ(ErrorOf("300", DataType::kUint8),
            "JSON Value: 300 Type: Number is not of expected type: uint8");
  EXPECT_EQ(ErrorOf("-1", DataType::kUint64),
            "JSON Value: -1 Type: Number is not of expected type: uint64");
  EXPECT_EQ(ErrorOf("1", DataType::kBool),
            "JSON Value: 1 Type: Number is not of expected type: bool");
  EXPECT_EQ(ErrorOf("null", DataType::kFloat32),
            "JSON Value: null Type: Null is not of expected type: float");
  EXPECT_EQ(ErrorOf("1.", DataType::kFloat32), "JSON Parse error: Invalid value. at offset: 2");
  EXPECT_LT(ErrorOf("\"" + std::string(5000, 'x') + "\"", DataType::kFloat32).size(), 400);
}

}  // namespace
}  // namespace credence::api::tensor
