// Limiter holds callers to a rate and to a number of requests at once.
//
// A caller may send `rate` requests a second; one that was silent may send those of a second at
// once (a token bucket, kept as the time at which it would be full again). All threads share one
// table, so that the limits hold for their sum exactly: a caller's entry stands in one of kShards
// parts, each with a lock that is held for a look-up.
// Overload: the table has kEntriesMax entries. One that is at rest makes room for a new caller;
//           where none is, new callers of that part share one entry, so one allowance.
// Threads:  thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/clock.h"
#include "base/guarded.h"

namespace credence::security {

struct Allowance {
  double rate = 0;      // requests a second; 0: no limit
  int concurrency = 0;  // requests that are read, worked for or answered; 0: no limit
  bool any() const { return rate > 0 || concurrency > 0; }
};

class Limiter {
 public:
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kEntriesMax = 65'536;

  // `seed`: not known to callers, so that they cannot choose what meets in one part.
  Limiter(Allowance allowance, std::uint64_t seed, std::size_t entries_max = kEntriesMax);

  enum class Ruling { kYes, kTooFast, kTooManyAtOnce };
  struct Answer {
    Ruling ruling = Ruling::kYes;
    std::chrono::nanoseconds wait{0};  // kTooFast: until one more is allowed
  };
  // After kYes, Leave must follow once.
  Answer Enter(std::uint64_t caller, SteadyTime now);
  void Leave(std::uint64_t caller);

  const Allowance& allowance() const { return allowance_; }

 private:
  struct Entry {
    SteadyTime full;  // when its allowance is whole again
    int under_way = 0;
  };
  struct Shard {
    std::unordered_map<std::uint64_t, Entry> entries;
    Entry shared;            // of those for whom there is no room
    SteadyTime looked = {};  // when entries at rest were last looked for
  };

  Guarded<Shard>& ShardOf(std::uint64_t caller);
  Entry& EntryFor(Shard& shard, std::uint64_t caller, SteadyTime now) const;

  const Allowance allowance_;
  const std::uint64_t seed_;
  const std::size_t shard_entries_max_;
  std::chrono::nanoseconds interval_{0};  // between requests at the rate
  std::chrono::nanoseconds burst_{0};     // how far ahead of it a caller may be
  std::array<Guarded<Shard>, kShards> shards_;
};

}  // namespace credence::security
