// Any bytes, as they are and with a checksum that fits them: Unseal refuses, or gives what can be
// sealed again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/sha256.h"
#include "predictor/sealed_file.h"

namespace {

constexpr std::string_view kMagic = "RELSIMI1";

void Try(const std::string& bytes) {
  const std::span view(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  const auto sealed = credence::predictor::Unseal(kMagic, view);
  if (sealed && credence::predictor::Seal(kMagic, *sealed) != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(data, data + size);
  Try(bytes);
  const auto digest = credence::Sha256Of({data, size});
  Try(bytes.append(digest.begin(), digest.end()));
  return 0;
}
