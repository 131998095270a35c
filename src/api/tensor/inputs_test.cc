#include "api/tensor/inputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "model/fake/fake_model.h"
#include "predictor/load.h"

namespace credence::api::tensor {
namespace {

using model::DataType;
using testing::HasSubstr;

class InputsTest : public testing::Test {
 protected:
  template <class T>
  SentTensor& Send(const std::string& name, DataType type, std::vector<std::int64_t> shape,
                   const std::vector<T>& values) {
    SentTensor& sent = sent_.Add();
    sent.Clear();
    sent.name = name;
    sent.type = type;
    sent.shape = std::move(shape);
    sent.data.resize(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(sent.data.data(), values.data(), sent.data.size());
    return sent;
  }
  Result<Fit> Make(const predictor::Loaded& loaded) {
    inputs_.Clear();
    auto made = MakeInputs(sent_, *loaded.predictor, inputs_);
    sent_.Clear();
    return made;
  }
  std::string ErrorOf(const predictor::Loaded& loaded) {
    const auto made = Make(loaded);
    return made ? "" : made.error().message;
  }
  predictor::Loaded Load(std::unique_ptr<model::Model> model) {
    return *predictor::Assemble({.name = "m"}, std::move(model), {}, {}, clock_);
  }
  const model::Tensor& Tensor(std::size_t input, std::size_t i = 0) {
    return std::get<predictor::Tensors>(inputs_[input]).all[i];
  }

  SystemClock clock_;
  predictor::Loaded digits_ = Load(model::MakeFake({}));
  predictor::Loaded adding_ = Load(model::MakeAddingFake());
  SentTensors sent_;
  Recycled<predictor::Input> inputs_;
  const std::vector<float> two_ = std::vector<float>(2 * 784, 0.5f);
};

TEST_F(InputsTest, ABatchOfPicturesBecomesAnInputARow) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{2, 28, 28}, std::vector<std::int64_t>{2, 784}}) {
    Send("input", DataType::kFloat32, shape, two_);
    const auto made = Make(digits_);
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_EQ(inputs_.size(), 2u);
    EXPECT_EQ(Tensor(1).shape, (std::vector<std::int64_t>{1, 28, 28, 1}));
    EXPECT_EQ(Tensor(1).data.size(), 784 * 4u);
  }
}

TEST_F(InputsTest, APictureMayComeWithoutItsBatchAxis) {
  Send("input", DataType::kFloat32, {28, 28, 1}, std::vector<float>(784));
  EXPECT_TRUE(Make(digits_));
  EXPECT_EQ(inputs_.size(), 1u);
}

TEST_F(InputsTest, OtherShapesAreRefusedWithExpectedAndGot) {
  Send("input", DataType::kFloat32, {1, 28, 27}, std::vector<float>(28 * 27));
  EXPECT_EQ(
      ErrorOf(digits_),
      "unexpected shape for input 'input' for model 'm'. Expected [-1,28,28,1], got [1,28,27]");
  Send("input", DataType::kFloat32, {0, 28, 28}, std::vector<float>());
  EXPECT_THAT(ErrorOf(digits_), HasSubstr("has no rows"));
  Send("input", DataType::kFloat32, {1LL << 40, 28, 28}, std::vector<float>(784));
  EXPECT_THAT(ErrorOf(digits_), HasSubstr("cannot have the shape"));
  Send("input", DataType::kFloat32, {1LL << 4, (1LL << 60) + 2}, std::vector<float>(784));
  EXPECT_THAT(ErrorOf(digits_), HasSubstr("cannot have the shape"));
  Send("input", DataType::kFloat32, {-1, 28, 28}, std::vector<float>(784));
  EXPECT_THAT(ErrorOf(digits_), HasSubstr("cannot have the shape"));
  Send("input", DataType::kFloat32, {1, 28, 28}, std::vector<float>(783));
  EXPECT_THAT(ErrorOf(digits_), HasSubstr("has 3132 bytes; its shape [1,28,28] has 3136"));
}

TEST_F(InputsTest, NumbersBecomeTheModelsTypeWhereTheyAreTheSame) {
  Send("input", DataType::kFloat64, {1, 28, 28}, std::vector<double>(784, 0.25));
  ASSERT_TRUE(Make(digits_));
  float value = 0;
  std::memcpy(&value, Tensor(0).data.data(), sizeof value);
  EXPECT_EQ(value, 0.25f);
  Send("a", DataType::kFloat32, {1, 3}, std::vector<float>{1, 2, 3});
  Send("b", DataType::kInt64, {1, 3}, std::vector<std::int64_t>{1, 2, 1LL << 31});
  EXPECT_EQ(ErrorOf(adding_),
            "inference input 'b' data-type is 'INT64', but model 'm' expects 'INT32': element 2 is "
            "2147483648.000000, which is no int32");
}

TEST_F(InputsTest, SixtyFourBitsAreConvertedExactly) {
  SentTensor& wide =
      Send("x", DataType::kUint64, {1}, std::vector<std::uint64_t>{(1ULL << 53) + 1});
  ASSERT_TRUE(ConvertTo(DataType::kInt64, wide));
  std::int64_t value = 0;
  std::memcpy(&value, wide.data.data(), sizeof value);
  EXPECT_EQ(value, (1LL << 53) + 1);
  EXPECT_FALSE(ConvertTo(DataType::kFloat32, wide));
  SentTensor& negative = Send("x", DataType::kInt8, {1}, std::vector<std::int8_t>{-1});
  EXPECT_FALSE(ConvertTo(DataType::kUint64, negative));
}

TEST_F(InputsTest, NamesAreChecked) {
  Send("inptu", DataType::kFloat32, {1, 28, 28}, std::vector<float>(784));
  EXPECT_EQ(ErrorOf(digits_), "unexpected inference input 'inptu' for model 'm'");
  EXPECT_EQ(ErrorOf(digits_), "expected 1 inputs but got 0 inputs for model 'm'; it takes 'input'");
  Send("a", DataType::kFloat32, {1, 3}, std::vector<float>(3));
  Send("a", DataType::kFloat32, {1, 3}, std::vector<float>(3));
  EXPECT_EQ(ErrorOf(adding_), "input 'a' already exists in request");
}

TEST_F(InputsTest, TextsAreThePictureFiles) {
  const std::array<std::uint8_t, 3> file = {1, 2, 3};
  SentTensor& sent = Send("input", DataType::kUint8, {2}, std::vector<std::uint8_t>());
  sent.text = true;
  sent.texts = {file, file};
  ASSERT_TRUE(Make(digits_));
  ASSERT_EQ(inputs_.size(), 2u);
  EXPECT_EQ(std::get<predictor::EncodedPicture>(inputs_[1]).file.data(), file.data());
  SentTensor& more = Send("input", DataType::kUint8, {65}, std::vector<std::uint8_t>());
  more.text = true;
  more.texts.assign(65, file);
  EXPECT_THAT(ErrorOf(digits_), HasSubstr("65 pictures; the limit is 64"));
}

TEST_F(InputsTest, AModelWithoutPicturesTakesNoTexts) {
  SentTensor& sent = Send("a", DataType::kFloat32, {0}, std::vector<float>());
  sent.text = true;
  Send("b", DataType::kInt32, {1, 3}, std::vector<std::int32_t>(3));
  EXPECT_EQ(ErrorOf(adding_),
            "inference input 'a' data-type is 'BYTES', but model 'm' expects 'FP32'");
}

}  // namespace
}  // namespace credence::api::tensor
