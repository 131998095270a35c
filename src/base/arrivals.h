// Arrivals<T> hands values from any threads to one, without a lock: a thread that is interrupted
// while it puts keeps nobody waiting.
//
// T has a member `T* next_arrived`, which belongs to the list while the value is in it.
// Threads: Put from any, TakeAll and Close from the one that receives.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

namespace credence {

enum class Placed { kFirst, kMore, kClosed };

template <class T>
class Arrivals {
 public:
  Arrivals() = default;
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;
  ~Arrivals() { Close(); }

  // kFirst: nothing else waited; the receiver may have to be woken. kClosed: `value` was destroyed.
  Placed Put(std::unique_ptr<T> value) {
    T* newest = newest_.load(std::memory_order_relaxed);
    do {
      if (newest == closed()) return Placed::kClosed;
      value->next_arrived = newest;
    } while (!newest_.compare_exchange_weak(newest, value.get(), std::memory_order_release,
                                            std::memory_order_relaxed));
    static_cast<void>(value.release());
    return newest == nullptr ? Placed::kFirst : Placed::kMore;
  }

  // Adds all that wait to `into`, in the order in which they came.
  void TakeAll(std::vector<std::unique_ptr<T>>& into) {
    if (newest_.load(std::memory_order_relaxed) != closed()) Unchain(nullptr, into);
  }

  // Destroys what waits, and what comes from now on.
  void Close() {
    if (newest_.load(std::memory_order_relaxed) == closed()) return;
    std::vector<std::unique_ptr<T>> dropped;
    Unchain(closed(), dropped);
  }

 private:
  // No value has this address.
  T* closed() { return static_cast<T*>(static_cast<void*>(&newest_)); }

  void Unchain(T* leave, std::vector<std::unique_ptr<T>>& into) {
    const auto before = static_cast<std::ptrdiff_t>(into.size());
    for (T* value = newest_.exchange(leave, std::memory_order_acquire); value != nullptr;) {
      T* const next = value->next_arrived;
      into.emplace_back(value);
      value = next;
    }
    std::reverse(into.begin() + before, into.end());
  }

  std::atomic<T*> newest_ = nullptr;
};

}  // namespace credence
