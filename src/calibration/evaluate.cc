#include "calibration/evaluate.h"

#include "calibration/pictures.h"
#include "calibration/run_model.h"
#include "predictor/profile_file.h"
#include "reliability/assess.h"

namespace credence::calibration {
namespace {

Result<void> CheckFit(const ModelRunner& runner, const reliability::Profile& profile) {
  if (profile.classes == runner.classes() && profile.picture == runner.shape() &&
      profile.feature_size == runner.feature_size()) {
    return {};
  }
  return Error{Code::kFailedPrecondition,
               "the profile is for " + std::to_string(profile.classes) + " classes and " +
                   std::to_string(profile.feature_size) + " features; the model has " +
                   std::to_string(runner.classes()) + " and " +
                   std::to_string(runner.feature_size()) + ", or takes pictures of another size"};
}

}  // namespace

Result<Assessed> AssessDataset(const model::Model& model, const reliability::Profile& profile,
                               const image::InputContract& contract, const data::Dataset& dataset,
                               const Progress& progress) {
  auto runner = ModelRunner::Make(model, contract);
  if (!runner) return runner.error();
  if (auto fits = CheckFit(*runner, profile); !fits) return fits.error();
  const auto pictures = ReadPictures(dataset, contract, progress);
  if (!pictures) return pictures.error();
  const RunSettings settings = {.range = predictor::ToValueRange(profile.scaling),
                                .passes = static_cast<int>(profile.passes),
                                .rule = profile.logit_rule};
  const auto outputs = runner->Run(pictures->levels, pictures->rows(), settings, progress);
  if (!outputs) return outputs.error();

  const reliability::Assessor assessor(profile);
  reliability::AssessScratch scratch;
  reliability::Assessment assessment;
  std::vector<float> x(profile.thumbnail().size());
  Assessed assessed;
  assessed.digest = pictures->digest;
  const std::size_t k = runner->classes(), p = runner->feature_size(),
                    size = pictures->shape.size();
  for (std::size_t i = 0; i < pictures->rows(); ++i) {
    if (!x.empty()) {
      reliability::MakeThumbnail(std::span(pictures->levels).subspan(i * size, size),
                                 pictures->shape, x);
    }
    const auto logits = std::span(outputs->logits).subspan(i * k, k);
    const auto features = std::span(outputs->features).subspan(i * p, p);
    assessor.Assess({.logits = logits, .features = features, .x = x}, scratch, assessment);
    if (assessment.valid) {
      assessed.rows.push_back(reliability::MakeCardRow(assessment, logits, pictures->labels[i]));
    } else {
      ++assessed.invalid;
    }
  }
  return assessed;
}

Result<Evaluation> Evaluate(const model::Model& model, const reliability::Profile& profile,
                            const image::InputContract& contract, const data::Dataset& labelled,
                            const std::vector<data::Dataset>& foreign, const Progress& progress) {
  if (auto checked = CheckLabels(labelled, model.info().classes); !checked) return checked.error();
  const auto own = AssessDataset(model, profile, contract, labelled, progress);
  if (!own) return own.error();
  if (own->rows.empty()) {
    return Error{Code::kFailedPrecondition,
                 labelled.path().string() + ": the model's output is finite for no picture"};
  }
  Evaluation evaluation;
  evaluation.card = reliability::MakeReportCard(own->rows);
  evaluation.invalid = own->invalid;
  evaluation.calibration_data = own->digest == profile.provenance.data_digest;
  for (const reliability::CardRow& row : own->rows) evaluation.mean_confidence += row.confidence;
  evaluation.mean_confidence /= static_cast<double>(own->rows.size());
  for (const data::Dataset& dataset : foreign) {
    const auto other = AssessDataset(model, profile, contract, dataset, progress);
    if (!other) return Annotate(other.error(), dataset.path().string());
    Foreign one = {.name = dataset.path().string(), .invalid = other->invalid, .card = {}};
    if (!other->rows.empty()) {
      one.card =
          reliability::MakeForeignCard(own->rows, other->rows, profile.rule.alpha_unfamiliar);
    }
    evaluation.foreign.push_back(std::move(one));
  }
  return evaluation;
}

}  // namespace credence::calibration
