#include <cstddef>
#include <cstdint>

#include "model/saved_model_dir.h"
#include "model/signature.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto info = credence::model::ReadSavedModel({data, size});
  if (info.ok()) static_cast<void>(credence::model::ChooseSignature(*info, ""));
  return 0;
}
