// Clock is the source of time. `main` passes it down; tests pass a fake.
#pragma once

#include <atomic>
#include <chrono>

namespace credence {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime Now() const = 0;  // monotonic, for durations and deadlines
  virtual WallTime Wall() const = 0;   // for log lines and file headers
};

// The machine's clock. Immutable.
class SystemClock final : public Clock {
 public:
  SteadyTime Now() const override;
  WallTime Wall() const override;
};

// Its time changes by Advance only. Thread-safe.
class FakeClock final : public Clock {
 public:
  SteadyTime Now() const override;
  WallTime Wall() const override;
  void Advance(std::chrono::nanoseconds by);

 private:
  std::atomic<std::chrono::nanoseconds::rep> nanoseconds_{1'000'000'000};
};

}  // namespace credence
