// Certificates for fields: several pictures that make one value (reliability/field.h).
//
// Fields are made of independent pictures, one of each group, or given: each group of the data is
// one, its rows in their order. A says where each risk's test starts, B certifies, as for pictures
// (selective_risk.h). Each length has an error probability δ of its own.
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "fitting/selective_risk.h"
#include "fitting/split.h"
#include "reliability/assess.h"
#include "reliability/field.h"
#include "reliability/report_card.h"

namespace credence::fitting {

inline constexpr std::size_t kFieldsMin = 10;  // that certify

// Each field: places of its pictures, in order.
using Fields = std::vector<std::vector<std::size_t>>;

// Fields of `length` of the places in random order; what is left over is in none.
Fields MakeFields(std::uint64_t seed, std::span<const std::size_t> places, std::size_t length);

// The groups as fields, by their length: the places of each in order. group: of each place.
// Without those of `torn`, which have lost a picture, and those of one picture.
std::map<std::size_t, Fields> GivenFields(std::span<const std::int32_t> group,
                                          std::span<const std::int32_t> torn);

// What is asked for.
struct FieldOptions {
  std::vector<std::size_t> lengths = {};  // of fields made of independent pictures
  bool given = false;  // the groups are fields; each length of which there are enough is certified
  std::optional<double> reliable_share = {};  // as FitOptions::reliable_share, of fields

  bool any() const { return given || !lengths.empty(); }
};

// How the fields of one length fared.
struct FieldSearch {
  std::size_t length = 0;
  std::size_t fields = 0;                 // that certify
  std::size_t wrong = 0;                  // of them, with a wrong picture
  std::vector<RiskSearch> searches = {};  // as FitReport::risks
};

struct FieldData {
  std::uint64_t seed = 0;
  const Split* split = nullptr;
  std::span<const std::int32_t> groups;  // of all rows, or empty
  std::span<const std::int32_t> torn;    // groups that have lost a picture
  std::span<const double> logits_a;      // [n_A], cross-fitted, with the costs of classes
  std::span<const reliability::Assessment> rows_b;  // [n_B], by the finished rule of pictures
  std::span<const std::int32_t> labels_b;           // [n_B]
};

struct CertifiedFields {
  std::vector<reliability::FieldCertificate> certificates;  // of ascending length
  std::vector<FieldSearch> searches;                        // one a certificate
};

// pictures: the finished rule of pictures; its risks are tested. delta: δ, of each length.
// Errors: kInvalidArgument - fields are to be given and there are no groups, a length that is none,
//         or fewer than kFieldsMin fields certify.
Result<CertifiedFields> CertifyFields(const FieldData& data, const FieldOptions& options,
                                      const reliability::VerdictRule& pictures, double delta);

// What became of fields of one length on other rows.
struct FieldCard {
  std::size_t length = 0;
  bool given = false;
  std::size_t fields = 0;
  reliability::Estimate right = {};  // all pictures right
  double mean_p_correct = 0, mean_confidence = 0;
  double ece = 0, error_auroc = 0;  // of P(all right); NaN where it is not defined
  reliability::Estimate reliable = {}, uncertain = {}, unfamiliar = {}, error_among_reliable = {};
  struct Rung {
    double risk = 0;
    bool certified = false, chosen = false;
    reliability::Estimate share = {},
                          error = {};  // of the fields that carry this risk or a smaller one
  };
  std::vector<Rung> rungs = {};
};
// right: whether all pictures of each field are. Intervals are Clopper-Pearson's: fields share no
// picture.
FieldCard MakeFieldCard(const reliability::FieldCertificate& certificate,
                        std::span<const reliability::FieldAssessment> fields,
                        std::span<const int> right);

}  // namespace credence::fitting
