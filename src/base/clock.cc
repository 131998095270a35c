#include "base/clock.h"

namespace credence {

SteadyTime SystemClock::Now() const { return std::chrono::steady_clock::now(); }
WallTime SystemClock::Wall() const { return std::chrono::system_clock::now(); }

SteadyTime FakeClock::Now() const { return SteadyTime(std::chrono::nanoseconds(nanoseconds_)); }
WallTime FakeClock::Wall() const {
  return WallTime(
      std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(nanoseconds_)));
}
void FakeClock::Advance(std::chrono::nanoseconds by) { nanoseconds_ += by.count(); }

}  // namespace credence
