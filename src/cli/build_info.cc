#include "cli/build_info.h"

#include "cli/verbs.h"
#include "model/openvino/engine.h"

namespace credence::cli {

std::string BuildInfo() {
  std::string text = "credence " + std::string(Version()) + " (commit " CREDENCE_COMMIT ", " +
                     model::OpenVinoName() + ", " CREDENCE_BUILD_TYPE;
  if (std::string sanitizers = CREDENCE_SANITIZERS; !sanitizers.empty()) {
    text += ", sanitizers " + sanitizers;
  }
  return text + (CREDENCE_HAS_TIFF ? ", with TIFF)" : ", without TIFF)");
}

}  // namespace credence::cli
