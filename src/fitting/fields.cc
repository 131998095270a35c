#include "fitting/fields.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "fitting/make_report_card.h"
#include "fitting/shares.h"
#include "fitting/streams.h"

namespace credence::fitting {
namespace {

using reliability::FieldCertificate;
using reliability::Judged;
using reliability::Verdict;

// The fields of one length of both halves.
struct Halves {
  Fields a, b;
};

Result<std::map<std::size_t, Halves>> FindGiven(const FieldData& data) {
  if (data.groups.empty()) {
    return Error{Code::kInvalidArgument,
                 "fields are to be given as groups, and the data has none: name them with a column "
                 "'group', --group-by or --groups"};
  }
  const auto of_half = [&](const std::vector<std::size_t>& rows) {
    std::vector<std::int32_t> groups;
    for (const std::size_t row : rows) groups.push_back(data.groups[row]);
    return GivenFields(groups, data.torn);
  };
  std::map<std::size_t, Halves> found;
  auto in_a = of_half(data.split->a);
  std::size_t most = 0;
  for (auto& [length, fields] : of_half(data.split->b)) {
    most = std::max(most, fields.size());
    if (fields.size() < kFieldsMin || length > reliability::kFieldLengthMax) continue;
    found[length] = {.a = std::move(in_a[length]), .b = std::move(fields)};
  }
  if (!found.empty()) return found;
  return Error{Code::kInvalidArgument,
               "at most " + std::to_string(most) +
                   " groups of one length of 2 to 64 pictures certify; fields need at least 10"};
}

Result<Halves> MakeHalves(const FieldData& data, std::size_t length) {
  if (length < reliability::kFieldLengthMin || length > reliability::kFieldLengthMax) {
    return Error{Code::kInvalidArgument,
                 "fields of " + std::to_string(length) + " pictures; they have 2 to 64"};
  }
  const std::uint64_t seed = SubSeed(StreamSeed(data.seed, Stream::kFields), length);
  std::vector<std::size_t> places_a(data.logits_a.size());
  std::iota(places_a.begin(), places_a.end(), std::size_t{0});
  Halves halves = {.a = MakeFields(SubSeed(seed, 0), places_a, length),
                   .b = MakeFields(SubSeed(seed, 1), data.split->certify, length)};
  if (halves.b.size() >= kFieldsMin) return halves;
  return Error{Code::kInvalidArgument,
               "fields of " + std::to_string(length) + " need " +
                   std::to_string(kFieldsMin * length) + " certifying pictures" +
                   (data.groups.empty() ? "" : ", one of each group") + "; there are " +
                   std::to_string(data.split->certify.size())};
}

// The logit of each field of A; -inf where a picture of it would not be `reliable`.
std::vector<double> LearnedLogits(const FieldData& data, const Fields& fields, double theta) {
  std::vector<double> learned;
  for (const auto& field : fields) {
    std::vector<double> logits;
    for (const std::size_t place : field) logits.push_back(data.logits_a[place]);
    const bool sound = *std::ranges::min_element(logits) >= theta;
    learned.push_back(sound ? reliability::FieldLogit(logits)
                            : -std::numeric_limits<double>::infinity());
  }
  return learned;
}

// What there is of the fields of B before a threshold is known.
struct Candidates {
  std::vector<double> u, logits;  // of each the largest u; the logit
  std::vector<bool> sound;
  std::vector<int> wrong;
};

Candidates LookAt(const FieldData& data, const Fields& fields,
                  const reliability::VerdictRule& pictures) {
  Candidates out;
  for (const auto& field : fields) {
    std::vector<double> logits;
    double u = 0;
    bool sound = true, right = true;
    for (const std::size_t place : field) {
      const reliability::Assessment& row = data.rows_b[place];
      logits.push_back(row.logit);
      u = std::max(u, row.unfamiliarity);
      const Judged judged = {.p = row.familiarity, .logit = row.logit, .predicted = row.predicted};
      sound = sound && reliability::IsSound(pictures, judged);
      right = right && static_cast<std::int32_t>(row.predicted) == data.labels_b[place];
    }
    out.u.push_back(u);
    out.logits.push_back(reliability::FieldLogit(logits));
    out.sound.push_back(sound);
    out.wrong.push_back(right ? 0 : 1);
  }
  return out;
}

void Certify(const FieldData& data, const Halves& halves, const reliability::VerdictRule& pictures,
             const std::optional<double>& reliable_share, double delta, CertifiedFields& out) {
  const Candidates fields = LookAt(data, halves.b, pictures);
  const std::size_t m = fields.u.size();
  FieldCertificate& certificate = out.certificates.back();
  certificate.u_sorted = fields.u;
  std::ranges::sort(certificate.u_sorted);
  reliability::VerdictRule& rule = certificate.rule;
  rule.alpha_unfamiliar = reliability::AlphaUnfamiliar(m);
  rule.alpha_reliable = reliability::AlphaReliable(m);
  rule.cost = pictures.cost;
  std::vector<double> logits;
  std::vector<int> errors;
  for (std::size_t i = 0; i < m; ++i) {
    const double p = reliability::ConformalP(certificate.u_sorted, fields.u[i]);
    if (!fields.sound[i] || reliability::IsSomewhatUnusual(rule, p)) continue;
    logits.push_back(fields.logits[i]);
    errors.push_back(fields.wrong[i]);
  }
  const double theta = pictures.theta().value_or(std::numeric_limits<double>::infinity());
  const std::vector<double> learned = LearnedLogits(data, halves.a, theta);
  const RiskData risks = {
      .learned = {.logits = learned, .predicted = {}},
      .certifying = {.logits = logits, .predicted = {}, .errors = errors, .n = m}};
  std::vector<double> ladder_risks;
  for (const reliability::Rung& rung : pictures.rungs) ladder_risks.push_back(rung.risk);
  LadderSearch ladder = SearchLadder(risks, ladder_risks, delta, rule.cost);
  rule.rungs = std::move(ladder.rungs);
  rule.rung =
      reliable_share ? RungOfShare(rule.rungs, *reliable_share) : BestRung(rule.rungs, rule.cost);
  out.searches.push_back({.length = certificate.length,
                          .fields = m,
                          .wrong = static_cast<std::size_t>(std::ranges::count(fields.wrong, 1)),
                          .searches = std::move(ladder.searches)});
}

}  // namespace

Fields MakeFields(std::uint64_t seed, std::span<const std::size_t> places, std::size_t length) {
  const std::vector<std::size_t> order = Permutation(seed, places.size());
  Fields fields(places.size() / length);
  for (std::size_t i = 0; i < fields.size() * length; ++i) {
    fields[i / length].push_back(places[order[i]]);
  }
  return fields;
}

std::map<std::size_t, Fields> GivenFields(std::span<const std::int32_t> group,
                                          std::span<const std::int32_t> torn) {
  const std::set<std::int32_t> left_out(torn.begin(), torn.end());
  std::map<std::int32_t, std::vector<std::size_t>> places;
  for (std::size_t place = 0; place < group.size(); ++place) {
    if (!left_out.contains(group[place])) places[group[place]].push_back(place);
  }
  std::map<std::size_t, Fields> fields;
  for (auto& [number, field] : places) {
    if (field.size() >= reliability::kFieldLengthMin) {
      fields[field.size()].push_back(std::move(field));
    }
  }
  return fields;
}

Result<CertifiedFields> CertifyFields(const FieldData& data, const FieldOptions& options,
                                      const reliability::VerdictRule& pictures, double delta) {
  std::map<std::size_t, Halves> asked;
  if (options.given) {
    auto given = FindGiven(data);
    if (!given) return given.error();
    asked = *std::move(given);
  }
  for (const std::size_t length : options.lengths) {
    auto made = MakeHalves(data, length);
    if (!made) return made.error();
    asked[length] = *std::move(made);
  }
  CertifiedFields out;
  for (const auto& [length, halves] : asked) {
    out.certificates.push_back({.length = length, .given = options.given});
    Certify(data, halves, pictures, options.reliable_share, delta, out);
  }
  return out;
}

FieldCard MakeFieldCard(const FieldCertificate& certificate,
                        std::span<const reliability::FieldAssessment> fields,
                        std::span<const int> right) {
  FieldCard card = {
      .length = certificate.length, .given = certificate.given, .fields = fields.size()};
  const std::size_t m = fields.size();
  // Share of the fields that `holds`, and of them that are wrong.
  const auto count = [&](auto&& holds, reliability::Estimate* share, reliability::Estimate* error) {
    std::size_t n = 0, wrong = 0;
    for (std::size_t i = 0; i < m; ++i) {
      if (!holds(fields[i])) continue;
      ++n;
      wrong += right[i] == 0 ? 1 : 0;
    }
    *share = ShareOf(n, m);
    if (error != nullptr) *error = ShareOf(wrong, n);
  };
  Scored scored;
  for (std::size_t i = 0; i < m; ++i) {
    card.mean_p_correct += fields[i].p_correct / static_cast<double>(m);
    card.mean_confidence += fields[i].confidence / static_cast<double>(m);
    scored.score.push_back(fields[i].p_correct);
    scored.correct.push_back(right[i]);
  }
  const reliability::ConfidenceQuality quality = MakeQuality(scored);
  card.ece = quality.ece_equal_width.value;
  card.error_auroc = quality.error_auroc.value;
  card.right = ShareOf(static_cast<std::size_t>(std::ranges::count(right, 1)), m);
  const auto is = [](Verdict verdict) {
    return [=](const reliability::FieldAssessment& field) { return field.verdict == verdict; };
  };
  count(is(Verdict::kReliable), &card.reliable, &card.error_among_reliable);
  count(is(Verdict::kUncertain), &card.uncertain, nullptr);
  count(is(Verdict::kUnfamiliar), &card.unfamiliar, nullptr);
  const reliability::VerdictRule& rule = certificate.rule;
  for (std::size_t i = 0; i < rule.rungs.size(); ++i) {
    const double risk = rule.rungs[i].risk;
    FieldCard::Rung rung = {
        .risk = risk, .certified = rule.rungs[i].theta.has_value(), .chosen = rule.rung == i};
    const auto carries = [=](const reliability::FieldAssessment& field) {
      return field.certified_risk && *field.certified_risk <= risk;
    };
    count(carries, &rung.share, &rung.error);
    card.rungs.push_back(rung);
  }
  return card;
}

}  // namespace credence::fitting
