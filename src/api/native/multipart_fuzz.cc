#include <cstdint>
#include <cstdlib>

#include "api/native/multipart.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parts =
      credence::api::native::ParseMultipart("multipart/form-data; boundary=XX", {data, size});
  if (!parts) return 0;
  for (const auto& part : *parts) {  // views stay inside the body
    if (part.content.empty()) continue;
    if (part.content.data() < data || part.content.data() + part.content.size() > data + size)
      std::abort();
  }
  return 0;
}
