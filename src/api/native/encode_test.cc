#include "api/native/encode.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "serving/test_predictor.h"

namespace credence::api::native {
namespace {

class Encode : public testing::Test {
 protected:
  Encode() {
    const predictor::Numbers white{.shape = {28, 28}, .values = std::vector<float>(784, 255)};
    predictor::Workspace workspace;
    predictor::Timings timings;
    loaded_.predictor->Prepare(white, workspace, answer_, timings);
    const predictor::Task task{.answer = &answer_};
    loaded_.predictor->Run({&task, 1}, loaded_.last(), timings);
  }
  nlohmann::json Encoded(const EncodeOptions& options = {}) {
    std::string text;
    JsonWriter json(text);
    EncodePrediction(*loaded_.predictor, answer_, options, json);
    return nlohmann::json::parse(text);
  }
  SystemClock clock_;
  predictor::Loaded loaded_ = serving::TestLoaded(clock_, "digits", 3);
  predictor::Answer answer_;
};

TEST_F(Encode, HoldsEveryFieldFromTheFirstDay) {
  const nlohmann::json answer = Encoded();
  EXPECT_EQ(answer["predictorName"], "digits");
  EXPECT_EQ(answer["predictorVersion"], 3);
  EXPECT_EQ(answer["label"], "9");
  EXPECT_EQ(answer["verdict"], "unassessed");
  EXPECT_TRUE(answer["confidence"].is_null());
  EXPECT_TRUE(answer["familiarity"].is_null());
  EXPECT_EQ(answer["prediction"].size(), 10u);
  EXPECT_EQ(answer["uncertainty"].size(), 10u);
  EXPECT_EQ(answer["rawScore"], answer["prediction"][9]);
  EXPECT_TRUE(answer["reasons"].empty());
  EXPECT_FALSE(answer.contains("view"));
}

TEST_F(Encode, ViewIsAPngInBase64) {
  EXPECT_EQ(Encoded({.view = true})["view"].get<std::string>().substr(0, 8), "iVBORw0K");
}

TEST_F(Encode, ReasonsAndConfidenceOfAnAssessedPicture) {
  answer_.prediction.verdict = reliability::Verdict::kUncertain;
  answer_.prediction.confidence = 0.5f;
  answer_.prediction.familiarity = 0.25f;
  answer_.prediction.reasons.Add(reliability::Reason::kLowConfidence);
  answer_.prediction.prediction_set = {4, 9};
  const nlohmann::json answer = Encoded();
  EXPECT_EQ(answer["verdict"], "uncertain");
  EXPECT_EQ(answer["confidence"], 0.5);
  EXPECT_EQ(answer["familiarity"], 0.25);
  EXPECT_EQ(answer["reasons"][0]["code"], "low_confidence");
  EXPECT_EQ(answer["predictionSet"], nlohmann::json({"4", "9"}));
}

TEST_F(Encode, TheDigitServicesAnswer) {
  std::string text;
  JsonWriter json(text);
  EncodeDigit(*loaded_.predictor, answer_, json);
  const auto answer = nlohmann::json::parse(text);
  EXPECT_EQ(answer["predicted_digit"], 9);
  EXPECT_EQ(answer["predicted_probability"], Encoded()["prediction"][9]);
  EXPECT_EQ(answer["verdict"], "unassessed");
}

TEST_F(Encode, APredictorDescribesItsContract) {
  std::string text;
  JsonWriter json(text);
  EncodePredictor(*loaded_.predictor, loaded_.run_cost, json);
  const auto answer = nlohmann::json::parse(text);
  EXPECT_EQ(answer["name"], "digits");
  EXPECT_EQ(answer["input"]["height"], 28);
  EXPECT_EQ(answer["input"]["range"], "0..1");
  EXPECT_EQ(answer["labels"].size(), 10u);
}

}  // namespace
}  // namespace credence::api::native
