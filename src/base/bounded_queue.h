// BoundedQueue hands values from many threads to many threads: by level, within a level first in
// first out.
//
// Overload: TryPush fails once `capacity` values wait. It never blocks.
// Shutdown: after Close, TryPush fails; Pop drains what waits and then returns nullopt.
// Threads:  thread-safe.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace credence {

template <class T, std::size_t kLevels = 1>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}

  // Returns whether `value` was taken; when not, it is left as it was. Values of level 0 go first.
  bool TryPush(T& value, std::size_t level = 0) {
    {
      std::scoped_lock lock(mutex_);
      if (closed_ || size_ >= capacity_) return false;
      levels_[level].push_back(std::move(value));
      ++size_;
    }
    ready_.notify_one();
    return true;
  }

  // Waits for a value; nullopt once closed and empty.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return closed_ || size_ > 0; });
    return size_ == 0 ? std::nullopt : std::optional<T>(Take(First()));
  }

  // The value that Pop would give, if there is one and `wanted(value)`. Does not wait.
  template <class Wanted>
  std::optional<T> PopIf(const Wanted& wanted) {
    std::scoped_lock lock(mutex_);
    if (size_ == 0 || !wanted(std::as_const(First().front()))) return std::nullopt;
    return Take(First());
  }

  void Close() {
    {
      std::scoped_lock lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  std::size_t size() const {
    std::scoped_lock lock(mutex_);
    return size_;
  }
  std::size_t capacity() const { return capacity_; }

 private:
  // REQUIRES: size_ > 0; the lock is held.
  std::deque<T>& First() {
    std::size_t level = 0;
    while (levels_[level].empty()) ++level;
    return levels_[level];
  }
  T Take(std::deque<T>& queue) {
    T value = std::move(queue.front());
    queue.pop_front();
    --size_;
    return value;
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::array<std::deque<T>, kLevels> levels_;
  std::size_t size_ = 0;
  bool closed_ = false;
};

}  // namespace credence
