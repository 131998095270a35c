// Waker lets other threads wake the one that waits. Thread-safe; one thread waits.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/clock.h"

namespace credence {

class Waker {
 public:
  // Ends the present wait, or the next one if nobody waits.
  void Wake() {
    {
      std::scoped_lock lock(mutex_);
      woken_ = true;
    }
    changed_.notify_one();
  }

  // Waits for Wake, `until` or a stop; returns whether it was Wake.
  bool WaitUntil(const std::stop_token& stop, SteadyTime until) {
    std::unique_lock lock(mutex_);
    const auto woken = [this] { return woken_; };
    // The longest time point overflows in the library's arithmetic.
    if (until == SteadyTime::max()) {
      changed_.wait(lock, stop, woken);
    } else {
      changed_.wait_until(lock, stop, until, woken);
    }
    return std::exchange(woken_, false);
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = false;
};

}  // namespace credence
