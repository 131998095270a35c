// The answer of GET /v1/live; docs/api.md describes the fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/environment.h"
#include "api/live/history.h"
#include "base/json_writer.h"
#include "base/result.h"
#include "serving/catalog.h"

namespace credence::api::live {

struct LiveQuery {
  enum class Range { kNone, kMinutes, kHour } range = Range::kMinutes;
  std::int64_t after = 0;  // only samples with a greater number
};

// Errors: kInvalidArgument - "range" or "after" has another value than it may have.
Result<LiveQuery> ReadLiveQuery(std::string_view query);

// Versions that are listed one by one.
inline constexpr std::size_t kListedMax = 100;

// Appends the object. REQUIRES: the environment has a `live`.
void WriteLive(const LiveQuery& query, Environment& environment, const serving::Catalog& catalog,
               std::string& out);

}  // namespace credence::api::live
