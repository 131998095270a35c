#include "api/native/encode.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "serving/test_predictor.h"

namespace credence::api::native {
namespace {

class Encode : public testing::Test {
 protected:
  Encode() {
    picture_.pixels.Reshape(28, 28, 1);
    std::fill(picture_.pixels.data.begin(), picture_.pixels.data.end(), std::uint8_t{255});
    predictor::Workspace workspace;
    predictor_->Prepare(picture_, workspace);
    predictor::Picture* one = &picture_;
    predictor_->Run({&one, 1}, 0);
  }
  nlohmann::json Encoded(const EncodeOptions& options = {}) {
    std::string text;
    JsonWriter json(text);
    EncodePrediction(*predictor_, picture_, options, json);
    return nlohmann::json::parse(text);
  }
  SystemClock clock_;
  std::shared_ptr<predictor::Predictor> predictor_ = serving::TestPredictor(clock_, "digits", 3);
  predictor::Picture picture_;
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
  picture_.prediction.verdict = reliability::Verdict::kUncertain;
  picture_.prediction.confidence = 0.5f;
  picture_.prediction.familiarity = 0.25f;
  picture_.prediction.reasons.Add(reliability::Reason::kLowConfidence);
  picture_.prediction.prediction_set = {4, 9};
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
  EncodeDigit(*predictor_, picture_, json);
  const auto answer = nlohmann::json::parse(text);
  EXPECT_EQ(answer["predicted_digit"], 9);
  EXPECT_EQ(answer["predicted_probability"], Encoded()["prediction"][9]);
  EXPECT_EQ(answer["verdict"], "unassessed");
}

TEST_F(Encode, APredictorDescribesItsContract) {
  std::string text;
  JsonWriter json(text);
  EncodePredictor(*predictor_, json);
  const auto answer = nlohmann::json::parse(text);
  EXPECT_EQ(answer["name"], "digits");
  EXPECT_EQ(answer["input"]["height"], 28);
  EXPECT_EQ(answer["input"]["range"], "0..1");
  EXPECT_EQ(answer["labels"].size(), 10u);
}

}  // namespace
}  // namespace credence::api::native
