#include "calibration/evaluate.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <span>

#include "calibration/compare.h"
#include "calibration/pictures.h"
#include "predictor/version_files.h"
#include "reliability/assess.h"

namespace credence::calibration {
namespace {

using fitting::CardRow;
using reliability::Verdict;

constexpr std::size_t kExhibits = 20;  // of each kind

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

// What the exhibits are chosen from: of each assessed row its place in the data set's selection,
// and what the model saw.
struct Shown {
  std::vector<std::int64_t> indices;
  std::vector<std::uint8_t> levels;
};

void AddExhibits(const data::Dataset& dataset, const image::InputContract& contract,
                 const Shown& shown, Assessed& out) {
  const auto exhibit = [&](const std::vector<std::size_t>& rows) {
    std::vector<Exhibit> exhibits;
    for (const std::size_t row : rows) {
      Exhibit one = {.name = dataset.Name(shown.indices[row]), .picture = {}, .row = out.rows[row]};
      one.picture.Reshape(contract.width, contract.height, contract.channels);
      const std::size_t size = one.picture.size();
      std::ranges::copy(std::span(shown.levels).subspan(row * size, size),
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

// A row as it was answered.
CardRow ToCardRow(const predictor::Prediction& answer, const predictor::Detail& detail,
                  std::int32_t label) {
  CardRow row = fitting::MakeCardRow(detail.assessment, detail.logits, label);
  row.verdict = answer.verdict;  // the way to the model may have found more than the assessment
  if (!detail.variance.empty()) {
    row.steadiness = -static_cast<double>(detail.variance[static_cast<std::size_t>(answer.label)]);
  }
  return row;
}

// A batch of a predictor's size.
struct Batch {
  explicit Batch(std::size_t size) : answers(size), details(size) {
    for (std::size_t i = 0; i < size; ++i) {
      tasks.push_back({.answer = &answers[i], .detail = &details[i]});
    }
  }
  std::vector<predictor::Answer> answers;
  std::vector<predictor::Detail> details;
  std::vector<predictor::Task> tasks;
};

std::uint64_t SeedOf(const predictor::Loaded& version) {
  return version.predictor->profile()->provenance.seed;
}

Result<Foreign> AssessForeign(const EvaluateRequest& request, const data::Dataset& dataset,
                              const std::vector<CardRow>& own) {
  auto assessed = AssessDataset(request.version, dataset, request.progress);
  if (!assessed) return Annotate(assessed.error(), dataset.path().string());
  Foreign foreign = {.assessed = *std::move(assessed), .card = {}, .comparisons = {}};
  // Their labels, if any, are not the model's classes.
  for (CardRow& row : foreign.assessed.rows) row.label = -1;
  foreign.assessed.mistakes.clear();
  if (!foreign.assessed.rows.empty()) {
    const auto& rows = foreign.assessed.rows;
    const fitting::Bootstrap draws(SeedOf(request.version), own, rows.size());
    foreign.card = fitting::MakeForeignCard(own, rows, draws);
    AddForeignBaselines(own, draws, foreign);
  }
  return foreign;
}

Result<void> AddOther(const EvaluateRequest& request, Evaluation& evaluation) {
  const auto own = AssessDataset(*request.other, request.labelled, request.progress);
  if (!own) return Annotate(own.error(), request.other_name);
  if (own->rows.empty()) {
    return Error{Code::kFailedPrecondition,
                 request.other_name + ": the model's output is finite for no picture"};
  }
  std::vector<Assessed> foreign;
  for (const data::Dataset& dataset : request.foreign) {
    auto assessed = AssessDataset(*request.other, dataset, request.progress);
    if (!assessed) return Annotate(assessed.error(), request.other_name);
    foreign.push_back(*std::move(assessed));
  }
  CompareWithProfile(*own, foreign, *request.other->predictor->profile(), request.other_name,
                     evaluation);
  return {};
}

// Another framing than calibration found, if so.
void AddFramingWarning(const reliability::Profile& profile, const image::InputContract& contract,
                       std::vector<std::string>& warnings) {
  if (profile.input.empty()) return;
  const auto found = predictor::ParseInputJson(profile.input);
  if (!found || !found->framing || *found->framing == contract.framing) return;
  const bool whole = contract.framing == image::Framing::kWhole;
  warnings.push_back(std::string("framing ") + (whole ? "whole" : "object") +
                     " is used as given; the profile was fitted with " +
                     (whole ? "object" : "whole"));
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
  AddFramingWarning(profile, contract, warnings);
  if (evaluation.fields.size() < profile.fields.size()) {
    warnings.push_back(std::to_string(profile.fields.size() - evaluation.fields.size()) +
                       " of the profile's " + std::to_string(profile.fields.size()) +
                       " lengths of fields are not measured: these pictures make no such fields" +
                       (profile.fields[0].given ? ", which are groups" : ""));
  }
}

// Where `reliable` means less here than the profile promises, beyond what the intervals leave open.
// risk: certified.
void AddPromiseWarnings(double risk, Evaluation& evaluation) {
  const reliability::Estimate& wrong = evaluation.card.error_among_reliable;
  char text[160];
  if (wrong.low > risk) {
    std::snprintf(text, sizeof text,
                  "%.1f %% of the reliable answers are wrong, where %g %% were certified: these "
                  "pictures are not drawn like the calibration pictures, or labels are wrong",
                  100 * wrong.value, 100 * risk);
    evaluation.warnings.emplace_back(text);
  }
  for (const Foreign& foreign : evaluation.foreign) {
    if (!(foreign.card.reliable.low > risk)) continue;
    std::snprintf(text, sizeof text, "%.1f %% of ", 100 * foreign.card.reliable.value);
    evaluation.warnings.push_back(text + foreign.assessed.name +
                                  " are called reliable: they look like ordinary pictures, and no "
                                  "promise holds for them");
  }
}

std::vector<ClassCertificate> Certificates(const std::vector<CardRow>& rows,
                                           const reliability::Profile& profile) {
  std::vector<ClassCertificate> out(profile.classes);
  for (std::size_t k = 0; k < profile.rule.class_risk.size(); ++k) {
    out[k].risk = profile.rule.class_risk[k];
  }
  for (const CardRow& row : rows) {
    if (row.verdict != Verdict::kReliable) continue;
    ClassCertificate& of_class = out[static_cast<std::size_t>(row.predicted)];
    ++of_class.reliable;
    if (row.correct() == 0) ++of_class.errors;
  }
  return out;
}

std::vector<GroupErrors> WorstGroups(const Assessed& assessed) {
  std::map<std::int32_t, GroupErrors> groups;
  for (std::size_t i = 0; i < assessed.rows.size(); ++i) {
    const CardRow& row = assessed.rows[i];
    if (row.group < 0) continue;
    GroupErrors& group = groups[row.group];
    ++group.rows;
    if (row.correct() != 0) continue;
    if (group.errors++ == 0) group.first = assessed.names[i];
    if (row.verdict == Verdict::kReliable) ++group.reliable_errors;
  }
  std::vector<GroupErrors> worst;
  for (auto& [number, group] : groups) {
    if (group.errors != 0) worst.push_back(std::move(group));
  }
  std::ranges::stable_sort(worst, [](const GroupErrors& a, const GroupErrors& b) {
    return std::pair(a.reliable_errors, a.errors) > std::pair(b.reliable_errors, b.errors);
  });
  if (worst.size() > kWorstGroups) worst.resize(kWorstGroups);
  return worst;
}

// One row of each group, the first; every row that belongs with no other.
std::vector<std::size_t> IndependentRows(const std::vector<CardRow>& rows) {
  std::set<std::int32_t> seen;
  std::vector<std::size_t> independent;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].group < 0 || seen.insert(rows[i].group).second) independent.push_back(i);
  }
  return independent;
}

// The fields of the certificate's kind and length that the rows make.
fitting::Fields FieldsOf(const reliability::FieldCertificate& certificate, const Assessed& assessed,
                         std::uint64_t seed) {
  const std::vector<CardRow>& rows = assessed.rows;
  if (!certificate.given) {
    return fitting::MakeFields(seed, IndependentRows(rows), certificate.length);
  }
  std::vector<std::int32_t> groups;
  for (const CardRow& row : rows) groups.push_back(row.group);
  if (std::ranges::find(groups, -1) != groups.end()) return {};
  return fitting::GivenFields(groups, assessed.torn)[certificate.length];
}

std::vector<fitting::FieldCard> MeasureFields(const Assessed& assessed,
                                              const reliability::Profile& profile) {
  std::vector<fitting::FieldCard> cards;
  for (const reliability::FieldCertificate& certificate : profile.fields) {
    std::vector<reliability::FieldAssessment> fields;
    std::vector<int> right;
    for (const auto& places : FieldsOf(certificate, assessed, profile.provenance.seed)) {
      std::vector<reliability::FieldPart> parts;
      int all_right = 1;
      for (const std::size_t place : places) {
        parts.push_back(assessed.parts[place]);
        all_right *= assessed.rows[place].correct();
      }
      fields.push_back(AssessField(profile.rule, &certificate, parts));
      right.push_back(all_right);
    }
    if (!fields.empty()) cards.push_back(fitting::MakeFieldCard(certificate, fields, right));
  }
  return cards;
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
  facts.certifying = profile.certifying();
  facts.rule = profile.rule;
  facts.foreign_share = profile.foreign_share;
  facts.risk = profile.rule.risk();
  facts.risk_error = profile.risk_error;
  if (profile.rule.theta()) facts.threshold = reliability::Sigmoid(*profile.rule.theta());
  facts.unfamiliar_above = ScoreAt(profile, profile.rule.alpha_unfamiliar);
  facts.somewhat_unfamiliar_above = ScoreAt(profile, profile.rule.alpha_reliable);
  facts.passes = profile.passes;
  return facts;
}

}  // namespace

Result<Assessed> AssessDataset(const predictor::Loaded& version, const data::Dataset& dataset,
                               const Progress& progress) {
  const predictor::Predictor& predictor = *version.predictor;
  auto prepared = PreparedRows::Open(dataset, predictor);
  if (!prepared) return prepared.error();
  Assessed assessed;
  assessed.name = dataset.path().string();
  Shown shown;
  const auto rows = static_cast<std::size_t>(dataset.rows());
  const auto batch_max = static_cast<std::size_t>(predictor.batch_max());
  Batch batch(batch_max);
  predictor::Timings timings;
  for (std::size_t first = 0; first < rows; first += batch_max) {
    if (progress) progress("evaluating", first, rows);
    const std::size_t n = std::min(batch_max, rows - first);
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<std::int64_t>(first + i);
      if (auto done = prepared->Prepare(row, batch.answers[i]); !done) return done.error();
    }
    predictor.Run(std::span(batch.tasks).first(n), version.last(), timings);
    for (std::size_t i = 0; i < n; ++i) {
      const predictor::Answer& answer = batch.answers[i];
      if (answer.error && batch.details[i].logits.empty()) return *answer.error;
      if (answer.error) {
        ++assessed.invalid;
        if (!dataset.groups().empty()) assessed.torn.push_back(dataset.groups()[first + i]);
        continue;
      }
      const predictor::Prediction& said = answer.prediction;
      const auto row = static_cast<std::int64_t>(first + i);
      assessed.parts.push_back(said.part);
      assessed.rows.push_back(ToCardRow(said, batch.details[i], dataset.labels()[first + i]));
      assessed.rows.back().doubtful =
          answer.adapted.blank || answer.misfit || answer.adapted.doubtful();
      if (!dataset.groups().empty()) {
        assessed.rows.back().group = dataset.groups()[first + i];
        assessed.names.push_back(dataset.Name(row));
      }
      assessed.numbers.push_back(dataset.Number(row));
      assessed.reasons.push_back(Codes(said.reasons));
      assessed.probabilities.insert(assessed.probabilities.end(), said.prediction.begin(),
                                    said.prediction.end());
      const auto& canonical = answer.adapted.canonical.data;
      shown.levels.insert(shown.levels.end(), canonical.begin(), canonical.end());
      shown.indices.push_back(row);
    }
  }
  if (progress) progress("evaluating", rows, rows);
  assessed.digest = prepared->Digest();
  AddExhibits(dataset, predictor.contract(), shown, assessed);
  return assessed;
}

Result<Evaluation> Evaluate(const EvaluateRequest& request) {
  const predictor::Predictor& predictor = *request.version.predictor;
  CREDENCE_CHECK(predictor.profile() != nullptr);
  const reliability::Profile& profile = *predictor.profile();
  if (auto checked = CheckLabels(request.labelled, predictor.view().classes); !checked) {
    return checked.error();
  }
  auto own = AssessDataset(request.version, request.labelled, request.progress);
  if (!own) return own.error();
  if (own->rows.empty()) {
    return Error{Code::kFailedPrecondition, request.labelled.path().string() +
                                                ": the model's output is finite for no picture"};
  }
  Evaluation evaluation;
  evaluation.in_full = request.in_full;
  evaluation.profile = Facts(profile);
  evaluation.assessed = *std::move(own);
  const auto& rows = evaluation.assessed.rows;
  const fitting::Bootstrap draws(profile.provenance.seed, rows);
  evaluation.card = fitting::MakeReportCard(rows, profile.provenance.seed);
  evaluation.breakdown = fitting::MakeBreakdown(rows, profile.classes, draws);
  evaluation.calibration_data = evaluation.assessed.digest == profile.provenance.data_digest;
  evaluation.class_names = predictor.labels();
  for (const CardRow& row : rows) {
    evaluation.mean_confidence += row.confidence / static_cast<double>(rows.size());
    evaluation.mean_p_correct += row.p_correct / static_cast<double>(rows.size());
  }
  evaluation.ladder = fitting::MakeLadder(rows, profile.rule, draws);
  evaluation.certificates = Certificates(rows, profile);
  evaluation.fields = MeasureFields(evaluation.assessed, profile);
  evaluation.worst_groups = WorstGroups(evaluation.assessed);
  AddWarnings(profile, predictor.contract(), evaluation);
  CompareWithBaselines(draws, evaluation);
  for (const data::Dataset& dataset : request.foreign) {
    auto foreign = AssessForeign(request, dataset, rows);
    if (!foreign) return foreign.error();
    evaluation.foreign.push_back(*std::move(foreign));
  }
  if (request.other) {
    if (auto added = AddOther(request, evaluation); !added) return added.error();
  }
  AddPromiseWarnings(profile.rule.risk(), evaluation);
  AddBaselineWarnings(profile.rule.alpha_unfamiliar, draws, evaluation);
  return evaluation;
}

}  // namespace credence::calibration
