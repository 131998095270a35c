// ByteBuffer is growable memory that is never zero-filled. kBodyPadding readable bytes follow its
// capacity. Threads: thread-compatible.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "http/message.h"

namespace credence::http {

class ByteBuffer {
 public:
  char* data() { return memory_.get(); }
  const char* data() const { return memory_.get(); }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }

  // Makes room for `capacity` bytes in all and keeps the content; false if there is no memory.
  // Large blocks grow by mremap, so without a copy.
  [[nodiscard]] bool Reserve(std::size_t capacity) {
    if (capacity <= capacity_) return true;
    void* grown = std::realloc(memory_.get(), capacity + kBodyPadding);
    if (grown == nullptr) return false;
    static_cast<void>(memory_.release());
    memory_.reset(static_cast<char*>(grown));
    capacity_ = capacity;
    return true;
  }
  // Appends, at least doubling when it must grow.
  [[nodiscard]] bool Append(std::string_view bytes) {
    const std::size_t wanted = size_ + bytes.size();
    if (wanted > capacity_ && !Reserve(std::max(wanted, 2 * capacity_))) return false;
    if (!bytes.empty()) std::memcpy(data() + size_, bytes.data(), bytes.size());
    size_ = wanted;
    return true;
  }
  // REQUIRES: size <= capacity().
  void set_size(std::size_t size) { size_ = size; }
  void Release() {
    memory_.reset();
    size_ = capacity_ = 0;
  }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };
  std::unique_ptr<char, Free> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace credence::http
