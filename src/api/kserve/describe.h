// What KServe's V2 REST protocol tells of the server and its models. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "serving/catalog.h"

namespace credence::api::kserve {

void WriteServer(std::string_view version, std::string& out);

// {"name", "versions", "platform", "inputs", "outputs"}. REQUIRES: `version` is one of `predictor`.
void WriteModel(const serving::ServedPredictor& predictor, const serving::Version& version,
                std::string& out);

// As Triton's: {"name", "platform", "max_batch_size", "input", "output", …}.
void WriteConfig(const serving::Version& version, std::string& out);

// {"model_stats": […]} of one version, or of all that serve. `predictor` empty: of every one.
void WriteStatistics(const serving::Catalog& catalog, std::string_view predictor,
                     std::optional<std::int64_t> version, const Clock& clock, std::string& out);

// A list of {"name", "version", "state", "reason"}. `ready`: only of those that serve.
void WriteIndex(const serving::Catalog& catalog, bool ready, std::string& out);

}  // namespace credence::api::kserve
