// What this process's control group (version 2) and those above it say.
#pragma once

#include <functional>
#include <string>

namespace credence {

// Calls visit with the first line of the file `name`, e.g. "memory.max", of this process's group
// and of each one above it; with "" where there is no such file. In a container, the process's
// group is the root of what is seen.
void ForEachControlGroup(const std::string& name, const std::function<void(std::string)>& visit);

}  // namespace credence
