// How much memory this process may use, and giving back what it does not need any more.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/byte_budget.h"

namespace credence {

// Bytes: what the machine has and the control group allows.
std::uint64_t UsableMemory();

// The allocator keeps what is freed. A HeapTrimmer makes it give that back to the kernel, within a
// second after much was freed. Owns a thread.
class HeapTrimmer {
 public:
  // `budget` outlives it.
  explicit HeapTrimmer(const ByteBudget& budget);

 private:
  void Run(const std::stop_token& stop);

  const ByteBudget& budget_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;
};

}  // namespace credence
