// How many processors this process may use.
#pragma once

namespace credence {

// What the machine has, the affinity mask leaves and the control group pays for, rounded up; at
// least 1. A container with 0.25 processors has 1.
int UsableProcessors();

}  // namespace credence
