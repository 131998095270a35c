#include "security/limiter.h"

#include <algorithm>

#include "base/random.h"

namespace credence::security {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds kLookPeriod{100};  // for entries at rest, when a part is full

}  // namespace

Limiter::Limiter(Allowance allowance, std::uint64_t seed, std::size_t entries_max)
    : allowance_(allowance),
      seed_(seed),
      shard_entries_max_(std::max<std::size_t>(entries_max / kShards, 1)) {
  if (allowance.rate <= 0) return;
  interval_ = nanoseconds(static_cast<std::int64_t>(1e9 / allowance.rate));
  burst_ = std::max(nanoseconds(std::chrono::seconds(1)) - interval_, nanoseconds(0));
}

Guarded<Limiter::Shard>& Limiter::ShardOf(std::uint64_t caller) {
  return shards_[Scramble(caller ^ seed_) % kShards];
}

Limiter::Entry& Limiter::EntryFor(Shard& shard, std::uint64_t caller, SteadyTime now) const {
  const auto found = shard.entries.find(caller);
  if (found != shard.entries.end()) return found->second;
  if (shard.entries.size() >= shard_entries_max_ && now - shard.looked >= kLookPeriod) {
    shard.looked = now;
    std::erase_if(shard.entries, [now](const auto& entry) {
      return entry.second.under_way == 0 && entry.second.full <= now;
    });
  }
  if (shard.entries.size() >= shard_entries_max_) return shard.shared;
  return shard.entries[caller];
}

Limiter::Answer Limiter::Enter(std::uint64_t caller, SteadyTime now) {
  auto shard = ShardOf(caller).lock();
  Entry& entry = EntryFor(*shard, caller, now);
  if (allowance_.concurrency > 0 && entry.under_way >= allowance_.concurrency) {
    return {Ruling::kTooManyAtOnce, {}};
  }
  if (allowance_.rate > 0) {
    const nanoseconds ahead = entry.full - now;
    if (ahead > burst_) return {Ruling::kTooFast, ahead - burst_};
    entry.full = std::max(entry.full, now) + interval_;
  }
  ++entry.under_way;
  return {};
}

void Limiter::Leave(std::uint64_t caller) {
  auto shard = ShardOf(caller).lock();
  const auto found = shard->entries.find(caller);
  const bool own = found != shard->entries.end() && found->second.under_way > 0;
  Entry& entry = own ? found->second : shard->shared;
  entry.under_way = std::max(entry.under_way - 1, 0);
}

}  // namespace credence::security
