// Which version a request of these protocols means, and what they say when there is none. Pure.
#pragma once

#include <string_view>

#include "api/exchange.h"
#include "base/result.h"
#include "serving/catalog.h"
#include "serving/request.h"

namespace credence::api::tensor {

// How errors are worded: clients of each protocol look for its words.
enum class Dialect { kTensorFlow, kKserve };

// Sets selector.version to the digits of `text`.
// Errors: kTensorFlow: kInvalidArgument - no number up to 2^63 - 1; kKserve: kNotFound.
Result<void> ReadVersion(std::string_view text, Dialect dialect, serving::Selector& selector);

// The version that the selector names. REQUIRES: selector.predictor is not empty.
// Errors: kNotFound - nothing serves under that name and number:
//   kTensorFlow: "Servable not found for request: Latest(m)", "… Specific(m, 7)"
//   kKserve: "Request for unknown model: 'm' is not found", "… 'm' version 7 is not found",
//            "… 'm' has no available versions"
// each followed by why, if there is more to say. kInvalidArgument - no such label.
Result<serving::VersionPtr> FindVersion(const serving::Catalog& catalog,
                                        const serving::Selector& selector, Dialect dialect);

// Has a request that could not be read counted for the version that it was for, if there is one.
// Valid until `catalog` is another one: the exchange is finished next.
void NoteAsked(const serving::Catalog& catalog, const serving::Selector& selector,
               Exchange& exchange);

}  // namespace credence::api::tensor
