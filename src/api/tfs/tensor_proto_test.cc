#include "api/tfs/tensor_proto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "tensorflow.pb.h"

namespace credence::api::tfs {
namespace {

using tensorflow::TensorProto;
using testing::ElementsAre;
using testing::HasSubstr;

TensorProto Proto(tensorflow::DataType type, std::initializer_list<std::int64_t> shape) {
  TensorProto proto;
  proto.set_dtype(type);
  for (const std::int64_t side : shape) proto.mutable_tensor_shape()->add_dim()->set_size(side);
  proto.mutable_tensor_shape();
  return proto;
}

struct Read {
  std::string error;
  tensor::SentTensor sent;
  std::size_t left = 1000;

  template <class T>
  std::vector<T> Values() const {
    std::vector<T> values(sent.data.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), sent.data.data(), sent.data.size());
    return values;
  }
};

Read Take(const TensorProto& proto) {
  Read read;
  const auto done = ReadTensorProto("x", proto, read.left, read.sent);
  if (!done) read.error = done.error().message;
  return read;
}

TEST(ReadTensorProto, TakesTheBytes) {
  TensorProto proto = Proto(tensorflow::DT_FLOAT, {1, 2});
  const float values[] = {0.5F, -1.0F};
  proto.set_tensor_content(values, sizeof values);
  proto.add_float_val(7);  // not looked at
  const Read read = Take(proto);
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.sent.name, "x");
  EXPECT_THAT(read.sent.shape, ElementsAre(1, 2));
  EXPECT_THAT(read.Values<float>(), ElementsAre(0.5F, -1.0F));
}

TEST(ReadTensorProto, BytesOfAnotherLengthAreRefused) {
  TensorProto proto = Proto(tensorflow::DT_INT64, {2});
  proto.set_tensor_content(std::string(15, 'a'));
  EXPECT_EQ(Take(proto).error,
            "tensor parsing error: x: tensor_content has 15 bytes; type and shape ask for 16");
}

TEST(ReadTensorProto, RepeatsTheLastValue) {
  TensorProto proto = Proto(tensorflow::DT_INT32, {4});
  proto.add_int_val(5);
  proto.add_int_val(6);
  const Read read = Take(proto);
  EXPECT_THAT(read.Values<std::int32_t>(), ElementsAre(5, 6, 6, 6));
  EXPECT_EQ(read.left, 1000 - 2 * 4U);
}

TEST(ReadTensorProto, FillsWithZerosAndDropsTheExcess) {
  EXPECT_THAT(Take(Proto(tensorflow::DT_DOUBLE, {2})).Values<double>(), ElementsAre(0, 0));
  TensorProto proto = Proto(tensorflow::DT_UINT8, {1});
  for (const int value : {1, 2, 3}) proto.add_int_val(value);
  EXPECT_THAT(Take(proto).Values<std::uint8_t>(), ElementsAre(1));
}

TEST(ReadTensorProto, AScalarHasOneElement) {
  TensorProto proto = Proto(tensorflow::DT_FLOAT, {});
  proto.add_float_val(2.5F);
  EXPECT_THAT(Take(proto).Values<float>(), ElementsAre(2.5F));
  EXPECT_THAT(Take(proto).sent.shape, ElementsAre());
}

TEST(ReadTensorProto, ASmallMessageMakesNoLargeTensor) {
  EXPECT_THAT(
      Take(Proto(tensorflow::DT_FLOAT, {std::int64_t{1} << 30})).error,
      HasSubstr("its shape asks for 1073741824 elements more than were sent; the limit is"));
  EXPECT_THAT(Take(Proto(tensorflow::DT_STRING, {std::int64_t{1} << 30})).error,
              HasSubstr("its shape asks for"));
}

TEST(ReadTensorProto, ShapesThatCannotBeAreRefused) {
  const std::int64_t large = std::int64_t{1} << 40;
  EXPECT_THAT(Take(Proto(tensorflow::DT_FLOAT, {-1})).error, HasSubstr("a side of -1"));
  EXPECT_THAT(Take(Proto(tensorflow::DT_FLOAT, {large, large})).error, HasSubstr("a side of"));
  EXPECT_THAT(Take(Proto(tensorflow::DT_FLOAT, {1, 1, 1, 1, 1, 1, 1, 1, 1})).error,
              HasSubstr("9 axes; the limit is 8"));
  TensorProto unknown;
  unknown.set_dtype(tensorflow::DT_FLOAT);
  unknown.mutable_tensor_shape()->set_unknown_rank(true);
  EXPECT_THAT(Take(unknown).error, HasSubstr("has no rank"));
  EXPECT_THAT(Take(Proto(tensorflow::DT_FLOAT, {0, large})).error, "");
}

TEST(ReadTensorProto, NarrowTypesHoldTheirRangeOnly) {
  TensorProto proto = Proto(tensorflow::DT_UINT8, {1});
  proto.add_int_val(300);
  EXPECT_THAT(Take(proto).error, HasSubstr("300 is no value of its type"));
}

TEST(ReadTensorProto, TextsAreBorrowed) {
  TensorProto proto = Proto(tensorflow::DT_STRING, {2});
  proto.add_string_val("ab");
  const Read read = Take(proto);
  ASSERT_EQ(read.sent.texts.size(), 2U);
  EXPECT_EQ(static_cast<const void*>(read.sent.texts[1].data()),
            static_cast<const void*>(proto.string_val(0).data()));
}

TEST(ReadTensorProto, OtherTypesAreNamed) {
  EXPECT_THAT(Take(Proto(tensorflow::DT_COMPLEX64, {1})).error,
              HasSubstr("type 8 (DT_COMPLEX64) is not taken"));
}

TEST(WriteTensorProto, UsesTheTypedField) {
  model::Tensor tensor{.name = {}, .type = model::DataType::kFloat32, .shape = {1, 2}, .data = {}};
  const float values[] = {0.25F, 3.0F};
  tensor.data.resize(sizeof values);
  std::memcpy(tensor.data.data(), values, sizeof values);
  TensorProto proto;
  WriteTensorProto(tensor, proto);
  EXPECT_EQ(proto.dtype(), tensorflow::DT_FLOAT);
  EXPECT_THAT(proto.float_val(), ElementsAre(0.25F, 3.0F));
  EXPECT_EQ(proto.tensor_content(), "");
  EXPECT_EQ(proto.tensor_shape().dim_size(), 2);
}

}  // namespace
}  // namespace credence::api::tfs
