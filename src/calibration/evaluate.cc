#include "calibration/evaluate.h"

#include <algorithm>
#include <limits>

#include "calibration/compare.h"
#include "calibration/pictures.h"
#include "calibration/run_model.h"
#include "reliability/assess.h"

namespace credence::calibration {
namespace {

using fitting::CardRow;
using reliability::Verdict;

constexpr std::size_t kExhibits = 20;  // of each kind

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

std::string Codes(const reliability::Reasons& reasons) {
  std::string codes;
  for (const reliability::Reason reason : reasons) {
    if (!codes.empty()) codes += ' ';
    codes += reliability::ReasonCode(reason);
  }
  return codes;
}

// The rows that `keep` holds for, the largest `score` first, at most kExhibits.
template <class Keep, class Score>
std::vector<std::size_t> Choose(const std::vector<CardRow>& rows, Keep&& keep, Score&& score) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (keep(rows[i])) chosen.push_back(i);
  }
  const auto count = static_cast<std::ptrdiff_t>(std::min(kExhibits, chosen.size()));
  std::partial_sort(chosen.begin(), chosen.begin() + count, chosen.end(),
                    [&](std::size_t a, std::size_t b) {
                      const double x = score(rows[a]), y = score(rows[b]);
                      return x != y ? x > y : a < b;
                    });
  chosen.resize(static_cast<std::size_t>(count));
  return chosen;
}

// indices: of each assessed row in the data set's selection.
void AddExhibits(const data::Dataset& dataset, const Pictures& pictures,
                 const std::vector<std::size_t>& indices, Assessed& out) {
  const auto exhibit = [&](const std::vector<std::size_t>& rows) {
    std::vector<Exhibit> exhibits;
    for (const std::size_t row : rows) {
      Exhibit one = {.name = dataset.Name(static_cast<std::int64_t>(indices[row])),
                     .picture = {},
                     .row = out.rows[row]};
      one.picture.Reshape(static_cast<int>(pictures.shape.width),
                          static_cast<int>(pictures.shape.height),
                          static_cast<int>(pictures.shape.channels));
      const std::size_t size = pictures.shape.size();
      std::copy_n(pictures.levels.begin() + static_cast<std::ptrdiff_t>(indices[row] * size), size,
                  one.picture.data.begin());
      exhibits.push_back(std::move(one));
    }
    return exhibits;
  };
  const auto confidence = [](const CardRow& r) { return r.confidence; };
  out.mistakes = exhibit(Choose(
      out.rows, [](const CardRow& r) { return r.label >= 0 && r.correct() == 0; }, confidence));
  out.strangest = exhibit(Choose(
      out.rows, [](const CardRow&) { return true; },
      [](const CardRow& r) { return r.unfamiliarity; }));
  out.trusted = exhibit(Choose(
      out.rows, [](const CardRow& r) { return r.verdict != Verdict::kUnfamiliar; }, confidence));
}

// Minus the variance of the predicted class over the passes.
double Steadiness(const fitting::ModelOutputs& outputs, std::size_t row, const CardRow& card,
                  std::size_t classes) {
  if (outputs.variance.empty()) return std::numeric_limits<double>::quiet_NaN();
  return -static_cast<double>(
      outputs.variance[row * classes + static_cast<std::size_t>(card.predicted)]);
}

Result<Foreign> AssessForeign(const model::Model& model, const EvaluateRequest& request,
                              const data::Dataset& dataset, const std::vector<CardRow>& own) {
  auto assessed = AssessDataset(model, request.with, dataset, request.progress);
  if (!assessed) return Annotate(assessed.error(), dataset.path().string());
  Foreign foreign = {.assessed = *std::move(assessed), .card = {}, .comparisons = {}};
  // Their labels, if any, are not the model's classes.
  for (CardRow& row : foreign.assessed.rows) row.label = -1;
  foreign.assessed.mistakes.clear();
  if (!foreign.assessed.rows.empty()) {
    foreign.card = fitting::MakeForeignCard(own, foreign.assessed.rows,
                                            request.with.profile.rule.alpha_unfamiliar);
  }
  return foreign;
}

Result<void> AddOther(const model::Model& model, const EvaluateRequest& request,
                      Evaluation& evaluation) {
  const auto own = AssessDataset(model, *request.other, request.labelled, request.progress);
  if (!own) return Annotate(own.error(), request.other_name);
  if (own->rows.empty()) {
    return Error{Code::kFailedPrecondition,
                 request.other_name + ": the model's output is finite for no picture"};
  }
  std::vector<Assessed> foreign;
  for (const data::Dataset& dataset : request.foreign) {
    auto assessed = AssessDataset(model, *request.other, dataset, request.progress);
    if (!assessed) return Annotate(assessed.error(), request.other_name);
    foreign.push_back(*std::move(assessed));
  }
  CompareWithProfile(*own, foreign, request.other->profile, request.other_name, evaluation);
  return {};
}

void AddWarnings(const reliability::Profile& profile, const image::InputContract& contract,
                 Evaluation& evaluation) {
  auto& warnings = evaluation.warnings;
  if (evaluation.calibration_data) {
    warnings.emplace_back("these are the pictures that the profile was fitted on; take others");
  }
  if (evaluation.assessed.invalid != 0) {
    warnings.push_back("left out " + std::to_string(evaluation.assessed.invalid) +
                       " pictures for which the model's output is not finite");
  }
  if (contract.range.name != profile.scaling.name ||
      contract.range.inverted != profile.scaling.inverted) {
    warnings.push_back("value range " + contract.range.name +
                       " is used as given; the profile was fitted with " + profile.scaling.name +
                       (profile.scaling.inverted ? " inverted" : "") +
                       " and its promises do not hold");
  }
}

// p(u) <= alpha exactly where u is over this.
double ScoreAt(const reliability::Profile& profile, double alpha) {
  const std::size_t n = profile.u_sorted.size();
  const auto k = static_cast<std::size_t>(alpha * static_cast<double>(n + 1) + 1e-9);
  return profile.u_sorted[n - std::clamp<std::size_t>(k, 1, n)];
}

ProfileFacts Facts(const reliability::Profile& profile) {
  ProfileFacts facts;
  facts.provenance = profile.provenance;
  facts.temperature = profile.temperature;
  facts.risk = profile.risk;
  facts.risk_error = profile.risk_error;
  if (profile.rule.theta) facts.threshold = reliability::Sigmoid(*profile.rule.theta);
  facts.unfamiliar_above = ScoreAt(profile, profile.rule.alpha_unfamiliar);
  facts.somewhat_unfamiliar_above = ScoreAt(profile, profile.rule.alpha_reliable);
  facts.passes = profile.passes;
  return facts;
}

std::vector<std::string> ClassNames(const reliability::Profile& profile) {
  if (!profile.labels.empty()) return profile.labels;
  std::vector<std::string> names;
  for (std::size_t k = 0; k < profile.classes; ++k) names.push_back(std::to_string(k));
  return names;
}

}  // namespace

Result<Assessed> AssessDataset(const model::Model& model, const Assessing& with,
                               const data::Dataset& dataset, const Progress& progress) {
  const reliability::Profile& profile = with.profile;
  auto runner = ModelRunner::Make(model, with.contract);
  if (!runner) return runner.error();
  if (auto fits = CheckFit(*runner, profile); !fits) return fits.error();
  const auto pictures = ReadPictures(dataset, with.contract, progress);
  if (!pictures) return pictures.error();
  const RunSettings settings = {.range = with.contract.range,
                                .passes = static_cast<int>(profile.passes),
                                .rule = profile.logit_rule};
  const auto outputs = runner->Run(pictures->levels, pictures->rows(), settings, progress);
  if (!outputs) return outputs.error();

  const reliability::Assessor assessor(profile);
  reliability::AssessScratch scratch;
  reliability::Assessment assessment;
  std::vector<float> x(profile.thumbnail().size());
  Assessed assessed;
  assessed.name = dataset.path().string();
  assessed.digest = pictures->digest;
  std::vector<std::size_t> indices;
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
    if (!assessment.valid) {
      ++assessed.invalid;
      continue;
    }
    CardRow row = fitting::MakeCardRow(assessment, logits, pictures->labels[i]);
    row.steadiness = Steadiness(*outputs, i, row, k);
    assessed.rows.push_back(row);
    assessed.numbers.push_back(dataset.Number(static_cast<std::int64_t>(i)));
    assessed.reasons.push_back(Codes(assessment.reasons));
    assessed.probabilities.insert(assessed.probabilities.end(), assessment.probabilities.begin(),
                                  assessment.probabilities.end());
    indices.push_back(i);
  }
  AddExhibits(dataset, *pictures, indices, assessed);
  return assessed;
}

Result<Evaluation> Evaluate(const model::Model& model, const EvaluateRequest& request) {
  if (auto checked = CheckLabels(request.labelled, model.info().view->classes); !checked) {
    return checked.error();
  }
  const reliability::Profile& profile = request.with.profile;
  auto own = AssessDataset(model, request.with, request.labelled, request.progress);
  if (!own) return own.error();
  if (own->rows.empty()) {
    return Error{Code::kFailedPrecondition, request.labelled.path().string() +
                                                ": the model's output is finite for no picture"};
  }
  Evaluation evaluation;
  evaluation.profile = Facts(profile);
  evaluation.assessed = *std::move(own);
  const auto& rows = evaluation.assessed.rows;
  evaluation.card = fitting::MakeReportCard(rows);
  evaluation.breakdown = fitting::MakeBreakdown(rows, profile.classes);
  evaluation.calibration_data = evaluation.assessed.digest == profile.provenance.data_digest;
  evaluation.class_names = ClassNames(profile);
  for (const CardRow& row : rows) evaluation.mean_confidence += row.confidence;
  evaluation.mean_confidence /= static_cast<double>(rows.size());
  AddWarnings(profile, request.with.contract, evaluation);
  for (const data::Dataset& dataset : request.foreign) {
    auto foreign = AssessForeign(model, request, dataset, rows);
    if (!foreign) return foreign.error();
    evaluation.foreign.push_back(*std::move(foreign));
  }
  if (request.compare) CompareWithSoftmax(evaluation);
  if (request.other) {
    if (auto added = AddOther(model, request, evaluation); !added) return added.error();
  }
  return evaluation;
}

}  // namespace credence::calibration
