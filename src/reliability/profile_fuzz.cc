// Any bytes, as they are and with a checksum that fits them: Parse refuses, or gives a profile that
// can be written again and assesses a row.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/sha256.h"
#include "reliability/assess.h"

namespace {

using credence::reliability::Assessment;
using credence::reliability::Assessor;
using credence::reliability::AssessScratch;
using credence::reliability::Parse;

void Try(const std::vector<std::uint8_t>& bytes) {
  auto profile = Parse(bytes);
  if (!profile.ok()) return;
  if (!Parse(Serialize(*profile)).ok()) std::abort();
  const Assessor assessor(std::move(*profile));
  const auto& p = assessor.profile();
  const std::vector<float> logits(p.classes), features(p.feature_size), x(p.thumbnail().size());
  AssessScratch scratch;
  Assessment out;
  assessor.Assess({.logits = logits, .features = features, .x = x}, scratch, out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> bytes(data, data + size);
  Try(bytes);
  if (size < 32) return 0;
  bytes.resize(size - 32);
  const auto digest = credence::Sha256Of(bytes);
  bytes.insert(bytes.end(), digest.begin(), digest.end());
  Try(bytes);
  return 0;
}
