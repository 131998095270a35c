// Any bytes, as they are and with a checksum that fits them: Unseal refuses, or gives what can be
// sealed again.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/sha256.h"
#include "predictor/sealed_file.h"

namespace {

constexpr std::string_view kMagic = "RELSIMI1";

void Try(const std::vector<std::uint8_t>& bytes) {
  const auto sealed = credence::predictor::Unseal(kMagic, bytes);
  if (sealed && credence::predictor::Seal(kMagic, *sealed) != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> bytes(data, data + size);
  Try(bytes);
  const auto digest = credence::Sha256Of({data, size});
  bytes.insert(bytes.end(), digest.begin(), digest.end());
  Try(bytes);
  return 0;
}
