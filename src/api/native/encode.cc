#include "api/native/encode.h"

#include <charconv>
#include <cmath>

#include "api/native/base64.h"
#include "http/problem.h"
#include "predictor/words.h"
#include "reliability/logits.h"

namespace credence::api::native {
namespace {

void OptionalNumber(const std::optional<float>& value, JsonWriter& json) {
  if (value) {
    json.Number(*value);
  } else {
    json.Null();
  }
}

void Reasons(const predictor::Predictor& predictor, const predictor::Answer& answer,
             JsonWriter& json) {
  json.Key("reasons").BeginArray();
  for (const reliability::Reason reason : answer.prediction.reasons) {
    json.BeginObject().Key("code").String(reliability::ReasonCode(reason));
    json.Key("text").String(predictor::ReasonText(reason, predictor, answer)).EndObject();
  }
  json.EndArray();
}

void Adaptations(const predictor::Answer& answer, JsonWriter& json) {
  json.Key("adaptations").BeginArray();
  for (const image::Adaptation& adaptation : answer.adapted.adaptations) {
    image::WriteJson(adaptation, json);
  }
  json.EndArray();
}

// What was certified.
void WriteRule(const reliability::VerdictRule& rule, JsonWriter& json) {
  json.Key("risk");
  if (rule.theta()) {
    json.Number(rule.risk()).Key("threshold").Number(reliability::Sigmoid(*rule.theta()));
  } else {
    json.Null().Key("threshold").Null();  // nothing is ever `reliable`
  }
  json.Key("cost").Number(rule.cost).Key("certifiedRisks").BeginArray();
  for (const reliability::Rung& rung : rule.rungs) {
    if (!rung.theta) continue;
    json.BeginObject().Key("risk").Number(rung.risk);
    json.Key("threshold").Number(reliability::Sigmoid(*rung.theta));
    json.Key("share").Number(rung.share).EndObject();
  }
  json.EndArray();
}

// What an operator wants to know of the profile; null without one.
void Reliability(const reliability::Profile* profile, JsonWriter& json) {
  if (profile == nullptr) {
    json.Null();
    return;
  }
  json.BeginObject();
  json.Key("created").String(profile->provenance.created);
  json.Key("rowsLearned").Number(profile->provenance.rows_a);
  json.Key("rowsCertified").Number(profile->certifying());
  json.Key("confidenceLimit").Number(reliability::ConfidenceLimit(profile->certifying()));
  json.Key("foreignShare").Number(profile->foreign_share);
  json.Key("temperature").Number(profile->temperature);
  WriteRule(profile->rule, json);
  json.Key("fields").BeginArray();
  for (const reliability::FieldCertificate& field : profile->fields) {
    json.BeginObject().Key("length").Number(field.length).Key("given").Bool(field.given);
    json.Key("certifying").Number(field.u_sorted.size());
    WriteRule(field.rule, json);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void WriteExplanation(const predictor::Predictor& predictor,
                      const std::optional<predictor::Explanation>& explanation, JsonWriter& json) {
  json.Key("explanation");
  if (!explanation) {
    json.Null();
    return;
  }
  json.BeginObject().Key("signals").BeginArray();
  for (std::size_t j = 0; j < reliability::kSignals; ++j) {
    const double value = explanation->standardised[j];
    if (std::isnan(value)) continue;  // a side that the model does not have
    json.BeginObject().Key("code").String(predictor::SignalCode(j));
    json.Key("standardised").Number(static_cast<float>(value));
    json.Key("text").String(predictor::SignalSentence(j, value)).EndObject();
  }
  json.EndArray().Key("similarBy");
  const predictor::SimilarIndex* index = predictor.similar();
  if (index == nullptr) {
    json.Null();
  } else {
    json.String(index->by_features() ? "features" : "pixels");
  }
  json.Key("similar").BeginArray();
  for (const predictor::Similar& similar : explanation->similar) {
    const predictor::KnownPictures& known = index->pictures();
    std::string png;
    EncodeBase64(known.png[similar.picture], png);
    json.BeginObject().Key("label");
    json.String(predictor.labels()[static_cast<std::size_t>(known.label[similar.picture])]);
    json.Key("distance").Number(similar.distance).Key("picture").String(png).EndObject();
  }
  json.EndArray().EndObject();
}

// The elements from `at` on as nested lists of `shape` from `axis` on.
void Nested(const model::Tensor& tensor, std::size_t axis, std::size_t& at, JsonWriter& json) {
  if (axis == tensor.shape.size()) {
    const double value = model::ValueAt(tensor, at++);
    if (tensor.type == model::DataType::kBool) {
      json.Bool(value != 0);
    } else if (tensor.type == model::DataType::kFloat32) {
      json.Number(static_cast<float>(value));
    } else {
      json.Number(value);
    }
    return;
  }
  json.BeginArray();
  for (std::int64_t i = 0; i < tensor.shape[axis]; ++i) Nested(tensor, axis + 1, at, json);
  json.EndArray();
}

void Outputs(const predictor::Answer& answer, JsonWriter& json) {
  json.Key("outputs").BeginObject();
  for (const model::Tensor& tensor : answer.outputs) {
    json.DynamicKey(tensor.name);
    std::size_t at = 0;
    Nested(tensor, 0, at, json);
  }
  json.EndObject();
}

void Tensors(const std::vector<model::TensorSpec>& specs, JsonWriter& json) {
  json.BeginArray();
  for (const model::TensorSpec& spec : specs) {
    json.BeginObject().Key("name").String(spec.name);
    json.Key("type").String(model::TypeName(spec.type)).Key("shape");
    if (spec.any_rank) {
      json.Null();
    } else {
      json.BeginArray();
      for (const std::int64_t side : spec.shape) json.Number(side);
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray();
}

std::string_view FramingName(image::Framing framing) {
  return framing == image::Framing::kObject ? "object" : "whole";
}

}  // namespace

void EncodePrediction(const predictor::Predictor& predictor, const predictor::Answer& answer,
                      const EncodeOptions& options, JsonWriter& json) {
  const predictor::Prediction& prediction = answer.prediction;
  const auto label = [&](int k) -> const std::string& {
    return predictor.labels()[static_cast<std::size_t>(k)];
  };
  json.BeginObject();
  if (!options.file.empty()) json.Key("file").String(options.file);
  json.Key("predictorName").String(predictor.name());
  json.Key("predictorVersion").Number(predictor.version());
  json.Key("contract").String(ContractStateName(predictor.contract_state()));
  json.Key("label").String(label(prediction.label));
  json.Key("confidence");
  OptionalNumber(prediction.confidence, json);
  json.Key("pCorrect");
  OptionalNumber(prediction.p_correct, json);
  json.Key("verdict").String(reliability::VerdictName(prediction.verdict));
  json.Key("certifiedRisk");
  OptionalNumber(prediction.certified_risk, json);
  json.Key("classRisk");
  OptionalNumber(prediction.class_risk, json);
  Reasons(predictor, answer, json);
  json.Key("familiarity");
  OptionalNumber(prediction.familiarity, json);
  json.Key("predictionSet").BeginArray();
  for (const int k : prediction.prediction_set) json.String(label(k));
  json.EndArray();
  json.Key("prediction").Numbers(prediction.prediction);
  json.Key("uncertainty").Numbers(prediction.uncertainty);
  json.Key("rawScore").Number(prediction.raw_score);
  Adaptations(answer, json);
  if (options.view) {
    std::string view;
    EncodeBase64(image::EncodePng(answer.adapted.canonical), view);
    json.Key("view").String(view);
  }
  if (options.explain) WriteExplanation(predictor, prediction.explanation, json);
  if (options.outputs) Outputs(answer, json);
  json.EndObject();
}

void EncodeField(const predictor::Predictor& predictor, std::span<const predictor::Answer> pictures,
                 const predictor::FieldAnswer& field, const EncodeOptions& options,
                 JsonWriter& json) {
  const reliability::FieldAssessment& assessment = field.assessment;
  const bool assessed = predictor.profile() != nullptr;
  const auto number = [&](std::optional<double> value) {
    OptionalNumber(value ? std::optional(static_cast<float>(*value)) : std::nullopt, json);
  };
  json.BeginObject();
  json.Key("predictorName").String(predictor.name());
  json.Key("predictorVersion").Number(predictor.version());
  json.Key("contract").String(ContractStateName(predictor.contract_state()));
  json.Key("label").String(field.label).Key("length").Number(pictures.size());
  json.Key("confidence");
  number(assessed ? std::optional(assessment.confidence) : std::nullopt);
  json.Key("pCorrect");
  number(assessed ? std::optional(assessment.p_correct) : std::nullopt);
  json.Key("verdict").String(reliability::VerdictName(assessment.verdict));
  json.Key("certifiedRisk");
  number(assessment.certified_risk);
  json.Key("reasons").BeginArray();
  for (const reliability::FieldNote& note : assessment.notes) {
    json.BeginObject().Key("code").String(reliability::FieldReasonCode(note.reason));
    json.Key("text").String(predictor::FieldNoteText(note, predictor, pictures.size()));
    if (note.picture) json.Key("picture").Number(*note.picture);
    json.EndObject();
  }
  json.EndArray().Key("familiarity");
  number(assessment.familiarity);
  json.Key("pictures").BeginArray();
  EncodeOptions each = options;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    each.file = options.files.empty() ? std::string_view() : options.files[i];
    EncodePrediction(predictor, pictures[i], each, json);
  }
  json.EndArray().EndObject();
}

void EncodeTensors(const predictor::Predictor& predictor, const predictor::Answer& answer,
                   JsonWriter& json) {
  json.BeginObject();
  json.Key("predictorName").String(predictor.name());
  json.Key("predictorVersion").Number(predictor.version());
  json.Key("verdict").String(reliability::VerdictName(reliability::Verdict::kUnassessed));
  json.Key("reasons").BeginArray().BeginObject().Key("code").String("no_classifier");
  json.Key("text").String("Reliability is judged for picture classifiers only.").EndObject();
  json.EndArray();
  Outputs(answer, json);
  json.EndObject();
}

void EncodeDigit(const predictor::Predictor& predictor, const predictor::Answer& answer,
                 JsonWriter& json) {
  const predictor::Prediction& prediction = answer.prediction;
  const auto top = static_cast<std::size_t>(prediction.label);
  const std::string& label = predictor.labels()[top];
  int digit = prediction.label;
  std::from_chars(label.data(), label.data() + label.size(), digit);
  json.BeginObject();
  json.Key("predicted_digit").Number(digit);
  json.Key("predicted_probability").Number(prediction.prediction[top]);
  json.Key("label").String(label);
  json.Key("contract").String(ContractStateName(predictor.contract_state()));
  json.Key("verdict").String(reliability::VerdictName(prediction.verdict));
  json.Key("confidence");
  OptionalNumber(prediction.confidence, json);
  Reasons(predictor, answer, json);
  Adaptations(answer, json);
  json.EndObject();
}

namespace {

void DescribeView(const predictor::Predictor& predictor, JsonWriter& json) {
  const image::InputContract& contract = predictor.contract();
  const model::PictureView& view = predictor.view();
  json.Key("classes").Number(view.classes).Key("labels").BeginArray();
  for (const std::string& label : predictor.labels()) json.String(label);
  json.EndArray();
  json.Key("input").BeginObject();
  json.Key("name").String(view.input.name);
  json.Key("height").Number(contract.height).Key("width").Number(contract.width);
  json.Key("channels").Number(contract.channels);
  json.Key("type").String(model::TypeName(predictor.model_info().inputs[0].type));
  json.Key("layout").String(contract.layout == image::Layout::kNchw ? "nchw" : "nhwc");
  json.Key("range").String(contract.range.name).Key("inverted").Bool(contract.range.inverted);
  json.Key("channelOrder");
  json.String(contract.channel_order == image::ChannelOrder::kBgr ? "bgr" : "rgb");
  json.Key("framing").String(FramingName(contract.framing));
  json.Key("background");
  if (contract.background) {
    json.Number(*contract.background);
  } else {
    json.Null();
  }
  json.EndObject();
  json.Key("contract").String(ContractStateName(predictor.contract_state()));
  json.Key("assumed").BeginArray();
  for (const std::string& clause : predictor.assumed()) json.String(clause);
  json.EndArray();
  json.Key("scores").String(model::ScoreKindName(view.score_kind));
  json.Key("output").String(view.output_name).Key("features").Number(view.feature_size);
  json.Key("samples").Number(predictor.samples());
  json.Key("goldenInputs").Number(predictor.golden_inputs());
  json.Key("similarPictures");
  json.Number(predictor.similar() == nullptr ? std::size_t{0}
                                             : predictor.similar()->pictures().size());
}

}  // namespace

void EncodePredictor(const predictor::Predictor& predictor, std::chrono::nanoseconds run_cost,
                     JsonWriter& json) {
  json.BeginObject();
  EncodePredictorFields(predictor, run_cost, json);
  json.EndObject();
}

void EncodePredictorFields(const predictor::Predictor& predictor, std::chrono::nanoseconds run_cost,
                           JsonWriter& json) {
  const model::ModelInfo& info = predictor.model_info();
  json.Key("name").String(predictor.name()).Key("version").Number(predictor.version());
  json.Key("state").String("serving");
  json.Key("takesPictures").Bool(predictor.takes_pictures());
  if (predictor.takes_pictures()) {
    DescribeView(predictor, json);
  } else {
    json.Key("reason").String(info.no_view);
  }
  json.Key("tensors").BeginObject().Key("inputs");
  Tensors(info.inputs, json);
  json.Key("outputs");
  Tensors(info.outputs, json);
  json.EndObject();
  json.Key("parameters").Number(info.parameters);
  json.Key("stochastic").Bool(info.random_op);
  json.Key("engine").String(info.engine);
  json.Key("runMicroseconds").Number(static_cast<double>(run_cost.count()) / 1000);
  json.Key("reliability");
  Reliability(predictor.profile(), json);
  json.Key("reportCard").Bool(!predictor.pages().report.empty());
  json.Key("modelCard").Bool(!predictor.pages().model_card.empty());
}

}  // namespace credence::api::native
