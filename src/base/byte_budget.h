// ByteBudget is the memory that requests may hold together: bodies, parsed JSON, decoded pictures.
//
// Whoever is about to allocate takes the bytes first, and gives them back when the memory is free.
// What is small and bounded by another limit is not counted: a connection's first buffer, the
// buffers that a thread keeps (kUncountedBytes each).
// Threads: thread-safe, lock-free. Overload: Take refuses at once, nothing waits.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace credence {

// A buffer of up to this size is not worth counting.
inline constexpr std::size_t kUncountedBytes = 256 * 1024;

enum class ByteUse {
  // May fill half of the budget, a piece of up to kSmallBytes three quarters: so that what has
  // arrived can be worked on, and small requests go on beside large ones.
  kBody,
  kWork,  // may fill all of it
};
inline constexpr std::uint64_t kSmallBytes = 64 * 1024;

class ByteBudget {
 public:
  static constexpr std::size_t kUses = 2;

  explicit ByteBudget(std::uint64_t limit) : limit_(limit) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // Takes `bytes` if they fit, and returns whether they did. Counts refusals.
  [[nodiscard]] bool Take(std::uint64_t bytes, ByteUse use) {
    const bool small = use == ByteUse::kBody && bytes <= kSmallBytes;
    const std::uint64_t most = small ? limit_ / 4 * 3 : Most(use);
    std::uint64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > most || used > most - bytes) {
        refused_[static_cast<std::size_t>(use)].fetch_add(1, std::memory_order_relaxed);
        return false;
      }
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  // REQUIRES: taken before.
  void GiveBack(std::uint64_t bytes) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    Freed(bytes);
  }
  // Tells of freed memory that was not counted.
  void Freed(std::uint64_t bytes) { freed_.fetch_add(bytes, std::memory_order_relaxed); }

  std::uint64_t limit() const { return limit_; }
  std::uint64_t Most(ByteUse use) const { return use == ByteUse::kBody ? limit_ / 2 : limit_; }
  std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  // All that was ever given back or told of.
  std::uint64_t freed() const { return freed_.load(std::memory_order_relaxed); }
  std::uint64_t refused(ByteUse use) const {
    return refused_[static_cast<std::size_t>(use)].load(std::memory_order_relaxed);
  }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0}, freed_{0};
  std::array<std::atomic<std::uint64_t>, kUses> refused_{};
};

// Why `what` ("the body", "this picture") that needs `bytes` was refused: kTooLarge if it can never
// fit, else kResourceExhausted.
Error OverBudget(const ByteBudget& budget, ByteUse use, std::string_view what, std::uint64_t bytes);

// Bytes that were taken from a budget; given back at the end. Without a budget everything fits.
// Thread-compatible.
class HeldBytes {
 public:
  HeldBytes() = default;
  HeldBytes(ByteBudget* budget, ByteUse use) : budget_(budget), use_(use) {}
  HeldBytes(HeldBytes&& other) noexcept
      : budget_(other.budget_), use_(other.use_), bytes_(std::exchange(other.bytes_, 0)) {}
  HeldBytes& operator=(HeldBytes&& other) noexcept {
    if (this == &other) return *this;
    Clear();
    budget_ = other.budget_;
    use_ = other.use_;
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~HeldBytes() { Clear(); }

  // Holds `bytes` from now on; false, and as before, when they do not fit.
  [[nodiscard]] bool Resize(std::uint64_t bytes) {
    if (bytes > bytes_ && budget_ != nullptr && !budget_->Take(bytes - bytes_, use_)) return false;
    if (bytes < bytes_ && budget_ != nullptr) budget_->GiveBack(bytes_ - bytes);
    bytes_ = bytes;
    return true;
  }
  // Holds at least `bytes`.
  // Errors: as OverBudget, which calls it `what`; `beside`: what it needs that is held elsewhere.
  Result<void> Reach(std::uint64_t bytes, std::string_view what, std::uint64_t beside = 0) {
    if (bytes <= bytes_ || Resize(bytes)) return {};
    return OverBudget(*budget_, use_, what, bytes + beside);
  }
  void Clear() { static_cast<void>(Resize(0)); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  ByteBudget* budget_ = nullptr;
  ByteUse use_ = ByteUse::kWork;
  std::uint64_t bytes_ = 0;
};

}  // namespace credence
