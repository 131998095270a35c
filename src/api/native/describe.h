// What is served, as the native API's JSON (docs/api.md). Pure.
#pragma once

#include <string>

#include "serving/catalog.h"

namespace credence::api::native {

// Appends {"default": …, "predictors": [{name, version, state, labels, …}]}, one entry a version.
void DescribeCatalog(const serving::Catalog& catalog, std::string& out);

// Appends one such entry. REQUIRES: `version` was found in `catalog`.
void DescribeVersion(const serving::Catalog& catalog, const serving::Version& version,
                     std::string& out);

}  // namespace credence::api::native
