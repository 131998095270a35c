// Encode writes a prediction as the native API's JSON (docs/api.md). Pure.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "predictor/field.h"
#include "predictor/predictor.h"

namespace credence::api::native {

struct EncodeOptions {
  std::string_view file = {};               // not empty: with "file", first
  std::span<const std::string> files = {};  // of a field's pictures; or empty
  bool view = false;                        // with "view": base64 of a PNG of what the model saw
  bool explain = false;  // with "explanation": the signals and the most similar known pictures
  bool outputs = false;  // with "outputs": the model's own, untouched, by name
};

// The answer of POST /v1/predict for one picture. REQUIRES: it has no error.
void EncodePrediction(const predictor::Predictor& predictor, const predictor::Answer& answer,
                      const EncodeOptions& options, JsonWriter& json);

// The answer of POST /v1/predict?field=true: of the field as a whole, then of each picture. The
// `options` are for the pictures. REQUIRES: `field` is of these pictures.
void EncodeField(const predictor::Predictor& predictor, std::span<const predictor::Answer> pictures,
                 const predictor::FieldAnswer& field, const EncodeOptions& options,
                 JsonWriter& json);

// The answer of POST /v1/predict of a model that is no picture classifier: its outputs by name.
void EncodeTensors(const predictor::Predictor& predictor, const predictor::Answer& answer,
                   JsonWriter& json);

// The answer of POST /predict, the digit service's contract:
// {"predicted_digit": 7, "predicted_probability": 0.99, "label": "7", "verdict": …, …}.
// A label that is no number gives its class index as predicted_digit.
void EncodeDigit(const predictor::Predictor& predictor, const predictor::Answer& answer,
                 JsonWriter& json);

// What a predictor is, as an object; and its keys alone, for an object that has more.
void EncodePredictor(const predictor::Predictor& predictor, std::chrono::nanoseconds run_cost,
                     JsonWriter& json);
void EncodePredictorFields(const predictor::Predictor& predictor, std::chrono::nanoseconds run_cost,
                           JsonWriter& json);

}  // namespace credence::api::native
