// Guarded<T> is a value that can only be reached through its lock. Thread-safe.
#pragma once

#include <mutex>
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
    Lock(std::mutex& m, T& v) : lock_(m), value_(&v) {}
    std::unique_lock<std::mutex> lock_;
    T* value_;
  };
  [[nodiscard]] Lock lock() { return Lock(mutex_, value_); }

 private:
  std::mutex mutex_;
  T value_;
};

}  // namespace credence
