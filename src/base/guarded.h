// Guarded<T> is a value that can only be reached through its lock. Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <utility>

namespace credence {

template <class T>
class Guarded {
 public:
  template <class... A>
  explicit Guarded(A&&... a) : value_(std::forward<A>(a)...) {}

  class Lock {
   public:
    T& operator*() & { return *value_; }  // & : a temporary Lock does not compile
    T* operator->() & { return value_; }

   private:
    friend class Guarded;
    Lock(std::unique_lock<std::mutex> lock, T& v) : lock_(std::move(lock)), value_(&v) {}
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };
  [[nodiscard]] Lock lock() { return Lock(std::unique_lock(mutex_), value_); }
  // Does not wait: returns nullopt if another thread holds the lock.
  [[nodiscard]] std::optional<Lock> TryLock() {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return std::nullopt;
    return Lock(std::move(lock), value_);
  }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace credence
