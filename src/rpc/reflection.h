// gRPC's server reflection, v1 and v1alpha: tells clients such as grpcurl which services there are,
// and their schemas.
#pragma once

#include <string>
#include <vector>

#include "rpc/call.h"

namespace credence::rpc {

// The method of each of the two versions. `services`: full names that are listed, besides
// reflection's own; their schemas are those of the program's generated messages.
std::vector<Method> ReflectionMethods(std::vector<std::string> services);

}  // namespace credence::rpc
