// How many processors this process may use.
#pragma once

#include <string_view>

namespace credence {

// What the machine has, the affinity mask leaves and the control group pays for, rounded up; at
// least 1. A container with 0.25 processors has 1.
int UsableProcessors();

// The whole processors that a control group's quota amounts to, rounded up; 0: no limit.
// `cpu_max` is its file cpu.max: "50000 100000", "max 100000".
int ProcessorsOfQuota(std::string_view cpu_max);

}  // namespace credence
