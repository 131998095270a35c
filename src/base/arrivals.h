// Arrivals<T> hands values from any threads to one, without a lock: a thread that is interrupted
// while it puts keeps nobody waiting. It needs no memory, so that no value is lost for want of it.
//
// T has a member `T* next_arrived`, which belongs to the list while the value is in it.
// Threads: Put from any, TakeAll and Close from the one that receives.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace credence {

enum class Placed { kFirst, kMore, kClosed };

template <class T>
class Arrivals {
 public:
  // Values that were taken; destroys those that are left.
  class Taken {
   public:
    explicit Taken(T* first) : next_(first) {}
    Taken(const Taken&) = delete;
    Taken& operator=(const Taken&) = delete;
    ~Taken() {
      while (Next() != nullptr) {
      }
    }
    // The next one; nullptr after the last.
    std::unique_ptr<T> Next() {
      std::unique_ptr<T> value(next_);
      if (value != nullptr) next_ = std::exchange(value->next_arrived, nullptr);
      return value;
    }

   private:
    T* next_;
  };

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

  // All that wait, in the order in which they came.
  Taken TakeAll() {
    T* const newest = newest_.load(std::memory_order_relaxed);
    const bool none = newest == nullptr || newest == closed();
    return Taken(none ? nullptr : Unchain(nullptr));
  }

  // Destroys what waits, and what comes from now on.
  void Close() {
    if (newest_.load(std::memory_order_relaxed) == closed()) return;
    const Taken dropped(Unchain(closed()));
  }

 private:
  // No value has this address.
  T* closed() { return static_cast<T*>(static_cast<void*>(&newest_)); }

  // Takes the chain, newest first, and turns it round. Returns the oldest.
  T* Unchain(T* leave) {
    T* oldest = nullptr;
    for (T* value = newest_.exchange(leave, std::memory_order_acquire); value != nullptr;) {
      T* const next = std::exchange(value->next_arrived, oldest);
      oldest = std::exchange(value, next);
    }
    return oldest;
  }

  std::atomic<T*> newest_ = nullptr;
};

}  // namespace credence
