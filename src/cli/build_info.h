// What `credence --version` says.
#pragma once

#include <string>

namespace credence::cli {

// "credence 0.1.0 (commit c654fda1bb02, OpenVINO 2026.4.1, Release, without TIFF)".
std::string BuildInfo();

}  // namespace credence::cli
