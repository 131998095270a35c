#include "api/tensor/data_types.h"

#include <gtest/gtest.h>

#include "api/tensor/codes.h"

namespace credence::api::tensor {
namespace {

using model::DataType;

TEST(DataTypes, AreNamedAsTheProtocolsNameThem) {
  EXPECT_EQ(KserveName(DataType::kFloat32), "FP32");
  EXPECT_EQ(KserveName(DataType::kBfloat16), "BF16");
  EXPECT_EQ(ConfigName(DataType::kInt64), "TYPE_INT64");
  EXPECT_EQ(TensorFlowNumber(DataType::kUint8), 4);
  EXPECT_EQ(TensorFlowNumber(DataType::kFloat16), 19);
  EXPECT_EQ(TensorFlowWord(DataType::kFloat64), "double");
}

TEST(DataTypes, EachNameLeadsBackToItsType) {
  for (int i = 0; i <= static_cast<int>(DataType::kFloat64); ++i) {
    const auto type = static_cast<DataType>(i);
    EXPECT_EQ(FromKserveName(KserveName(type)), type);
    EXPECT_EQ(FromTensorFlowNumber(TensorFlowNumber(type)), type);
  }
  EXPECT_EQ(FromKserveName(kBytesName), std::nullopt);
  EXPECT_EQ(FromKserveName("fp32"), std::nullopt);
  EXPECT_EQ(FromTensorFlowNumber(kStringNumber), std::nullopt);
}

TEST(Codes, WhatARequestIsToBlameForIsNoServerError) {
  EXPECT_EQ(RowOf(Code::kInvalidImage).http, 400);
  EXPECT_EQ(RowOf(Code::kUnimplemented).http, 400);
  EXPECT_EQ(RowOf(Code::kFailedPrecondition).http, 400);
  EXPECT_EQ(RowOf(Code::kFailedPrecondition).grpc, 9);
  EXPECT_EQ(RowOf(Code::kNotFound).name, "NOT_FOUND");
  EXPECT_EQ(RowOf(Code::kUnavailable).http, 503);
  EXPECT_TRUE(MayPass(Code::kResourceExhausted));
  EXPECT_FALSE(MayPass(Code::kNotFound));
}

}  // namespace
}  // namespace credence::api::tensor
