// credence_load: an HTTP/1.1 load generator for a server on the same machine. One thread.
#include <sched.h>
#include <sys/prctl.h>

#include <fstream>
#include <iostream>

#include "load/generator.h"
#include "load/plan.h"

int main(int argc, char** argv) {
  using namespace credence::bench;  // NOLINT: main is this namespace's only user
  const std::variant<Plan, int> parsed = ParseCommandLine(argc, argv);
  if (const int* status = std::get_if<int>(&parsed)) {
    return *status;
  }
  const Plan& plan = *std::get_if<Plan>(&parsed);
  if (plan.cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(plan.cpu), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
      std::cerr << "credence_load: cannot run on processor " << plan.cpu << '\n';
      return 1;
    }
  }
  prctl(PR_SET_TIMERSLACK, 1);  // wake at the intended time, not 50 us later

  credence::Result<std::unique_ptr<Generator>> generator = Generator::Create(plan);
  if (!generator) {
    std::cerr << "credence_load: " << generator.error().message << '\n';
    return 1;
  }
  (*generator)->Run();
  const std::string report = (*generator)->Report();
  if (plan.out.empty()) {
    std::cout << report;
    return 0;
  }
  return std::ofstream(plan.out) << report ? 0 : 1;
}
