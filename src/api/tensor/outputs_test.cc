#include "api/tensor/outputs.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "serving/test_predictor.h"

namespace credence::api::tensor {
namespace {

using reliability::Verdict;

// A reply of a digit classifier to n pictures.
class OutputsTest : public testing::Test {
 protected:
  void Answer(float score, Verdict verdict, std::optional<float> confidence) {
    predictor::Answer& answer = reply_.answers.Add();
    answer.Clear();
    model::Tensor& tensor = answer.outputs.emplace_back();
    tensor = {.name = "output", .type = model::DataType::kFloat32, .shape = {1, 1}, .data = {}};
    tensor.data.resize(sizeof score);
    std::memcpy(tensor.data.data(), &score, sizeof score);
    answer.prediction.verdict = verdict;
    answer.prediction.confidence = confidence;
    answer.prediction.prediction_set = {7, 1};
  }
  std::string Headers() {
    std::string headers;
    AppendVerdictHeaders(reply_, headers);
    return headers;
  }
  float At(std::size_t i) {
    float value = 0;
    std::memcpy(&value, out_[0].data.data() + i * sizeof value, sizeof value);
    return value;
  }

  serving::TestWorld world_;
  serving::Reply reply_{.error = {}, .version = world_.MakeVersion(), .answers = {}};
  Outputs out_;
};

TEST_F(OutputsTest, RowsOfAllAnswersMakeOneTensor) {
  Answer(0.25f, Verdict::kReliable, 0.5f);
  Answer(0.75f, Verdict::kUnfamiliar, 0.5f);
  ASSERT_TRUE(GatherOutputs(reply_, {}, out_));
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(out_[0].shape, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(At(0), 0.25f);
  EXPECT_EQ(At(1), 0.75f);
}

TEST_F(OutputsTest, AMissingLastAxisIsGivenBackMissing) {
  Answer(0.25f, Verdict::kReliable, 0.5f);
  ASSERT_TRUE(GatherOutputs(reply_, {.drop_last_axis = true}, out_));
  EXPECT_EQ(out_[0].shape, (std::vector<std::int64_t>{1}));
}

TEST_F(OutputsTest, AnErrorNamesItsRow) {
  Answer(0.25f, Verdict::kReliable, 0.5f);
  predictor::Answer& bad = reply_.answers.Add();
  bad.Clear();
  bad.error = Error{Code::kInvalidImage, "the PNG is damaged"};
  EXPECT_EQ(GatherOutputs(reply_, {}, out_).error().message, "row 1: the PNG is damaged");
}

TEST_F(OutputsTest, WhatIsNotFiniteIsGivenWithoutAVerdict) {
  Answer(std::numeric_limits<float>::quiet_NaN(), Verdict::kReliable, 0.5f);
  reply_.answers[0].error = Error{Code::kInternal, "not finite"};
  EXPECT_EQ(Headers(), "Credence-Verdict: unassessed\r\n");
  EXPECT_TRUE(GatherOutputs(reply_, {}, out_));
}

TEST_F(OutputsTest, TheVerdictStandsInHeaders) {
  Answer(0.25f, Verdict::kReliable, 0.5f);
  EXPECT_EQ(Headers(), "Credence-Verdict: reliable\r\nCredence-Confidence: 0.5\r\n");
  Answer(0.25f, Verdict::kUncertain, 0.25f);
  EXPECT_EQ(Headers(),
            "Credence-Verdict: reliable, uncertain\r\nCredence-Confidence: 0.5, 0.25\r\n");
  for (int i = 0; i < 63; ++i) Answer(0, Verdict::kReliable, 1);
  EXPECT_EQ(Headers(), "Credence-Verdict-Counts: reliable=64, uncertain=1\r\n");
}

TEST_F(OutputsTest, TheVerdictIsToldAsJsonAndAsTensors) {
  Answer(0.25f, Verdict::kReliable, 0.5f);
  EXPECT_EQ(ToldJson(reply_, Told::kVerdict), "\"reliable\"");
  EXPECT_EQ(ToldJson(reply_, Told::kFamiliarity), "null");
  EXPECT_EQ(ToldJson(reply_, Told::kSet), R"(["7","1"])");
  Answer(0.25f, Verdict::kUncertain, 0.25f);
  EXPECT_EQ(ToldJson(reply_, Told::kConfidence), "[0.5,0.25]");
  EXPECT_EQ(SetTexts(reply_).values[1], R"(["7","1"])");
  EXPECT_EQ(VerdictTexts(reply_).shape, (std::vector<std::int64_t>{2}));
  EXPECT_EQ(ToldNumbers(reply_, Told::kConfidence).data.size(), 8u);
}

TEST(FindTold, TakesBothSpellings) {
  EXPECT_EQ(FindTold("credence/verdict"), Told::kVerdict);
  EXPECT_EQ(FindTold("credence_set"), Told::kSet);
  EXPECT_EQ(FindTold("credence"), std::nullopt);
  EXPECT_EQ(FindTold("credence_scores"), std::nullopt);
  EXPECT_EQ(FindTold("dense_1"), std::nullopt);
}

}  // namespace
}  // namespace credence::api::tensor
