// The model repository extension: what there is, loading, unloading. Loading and unloading are for
// operators: on public listeners they are refused, naming the flag.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "api/control.h"
#include "api/endpoint.h"
#include "base/result.h"
#include "serving/catalog.h"

namespace credence::api::kserve {

// REQUIRES: `context` outlives what is returned.
std::vector<Endpoint> RepositoryEndpoints(ThreadContext& context);

// What is said where loading and unloading are not for everybody.
std::string OnlyForOperators();

inline constexpr std::chrono::seconds kLoadWaitMax{60};  // then the answer says it is still loading

// Asks for the version of `name` that answers anew, or, if none serves, for the highest; returns
// its number. Control::Settled tells when it is there.
// Errors: those of Control, "failed to load 'NAME': …"; kNotFound - there is no such predictor.
Result<std::int64_t> BeginLoad(const serving::Catalog& catalog, Control& control,
                               std::string_view name);
Error LoadFailed(std::string_view name, const Error& why);

// Asks that none of its versions serves. As Triton has it, also of what is not there.
Result<void> BeginUnload(const serving::Catalog& catalog, Control& control, std::string_view name);

}  // namespace credence::api::kserve
