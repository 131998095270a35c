#include <cstdint>
#include <vector>

#include "api/native/body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace credence;
  std::vector<std::uint8_t> body(data, data + size);
  body.resize(size + http::kBodyPadding);
  http::Request request{};
  request.body = {body.data(), size};
  api::native::Inputs inputs;
  api::native::Kept kept;
  api::native::BodyReader reader;
  HeldBytes memory;
  (void)reader.Read(request, inputs, kept, memory);
  return 0;
}
