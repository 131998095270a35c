#include "base/processors.h"

#include <sched.h>

#include <algorithm>

#include "base/control_group.h"

namespace credence {

int UsableProcessors() {
  int processors = 1;
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) processors = std::max(1, CPU_COUNT(&mask));
  const int paid = ControlGroupProcessors();
  return paid == 0 ? processors : std::min(processors, paid);
}

}  // namespace credence
