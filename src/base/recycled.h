// Recycled<T> is a list whose elements keep their buffers when it is cleared, for reuse.
// Threads: thread-compatible.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace credence {

template <class T>
class Recycled {
 public:
  // The next element, with the values of its last use.
  T& Add() {
    if (size_ == elements_.size()) elements_.emplace_back();
    return elements_[size_++];
  }
  void Clear() { size_ = 0; }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<T> all() { return {elements_.data(), size_}; }
  std::span<const T> all() const { return {elements_.data(), size_}; }
  T& operator[](std::size_t i) { return elements_[i]; }
  const T& operator[](std::size_t i) const { return elements_[i]; }

 private:
  std::vector<T> elements_;
  std::size_t size_ = 0;
};

}  // namespace credence
