// Parts of a profile's header as JSON. Used by profile_format.cc only. Threads: pure.
#pragma once

#include <span>
#include <stdexcept>
#include <vector>

#include <nlohmann/json.hpp>

#include "reliability/profile.h"

namespace credence::reliability {

using Json = nlohmann::json;

// Thrown here and in profile_format.cc, and caught there: what is wrong with the bytes.
struct FormatError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// JSON has no infinities; NaN is null.
Json Number(double value);
double Number(const Json& json);

Json WriteProvenance(const Provenance& p);
Provenance ReadProvenance(const Json& json);

// Risks, thresholds and class risks are arrays, not part of this.
Json WriteRule(const VerdictRule& rule);
VerdictRule ReadRule(const Json& json);

// Without their u, which are an array, those of the first field first.
Json WriteFields(const std::vector<FieldCertificate>& fields);
std::vector<FieldCertificate> ReadFields(const Json& json, std::span<const double> u);

// Evidence and suspicion, in the header.
void WriteEvidence(const Profile& p, Json& header);
void ReadEvidence(const Json& header, Profile& p);

}  // namespace credence::reliability
