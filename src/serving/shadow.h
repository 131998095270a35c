// What a submitting thread does for canaries: chooses who answers, counts what was answered, and
// shows the inputs of one request to both versions.
//
// In shadow the inputs are copied when the stable version has answered, and go to the compute pool
// behind all other work. At most kShadowBytesMax of a run wait there; what is more is skipped and
// counted. The caller never waits for the canary.
// Threads: confined to the submitting thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "serving/canary_run.h"
#include "serving/request.h"

namespace credence::serving {

inline constexpr std::size_t kShadowBytesMax = std::size_t{32} << 20;

// For a request that names neither a version nor a label, and whose reply.version is what answers
// it by default: may put the canary in its place.
void EnterCanary(const CanaryRunPtr& run, int lane, Work& work);

// Before `work` is delivered: counts it. Returns what the canary is to be shown, with its version
// pinned, class kBatch and its deadline set, for the compute pool; usually nullptr.
std::unique_ptr<Work> LeaveCanary(int lane, const Clock& clock, Work& work);

}  // namespace credence::serving
