#include "fitting/split.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "fitting/streams.h"

namespace credence::fitting {
namespace {

// One group a row.
std::vector<std::int32_t> OwnGroups(std::size_t n) {
  std::vector<std::int32_t> own(n);
  std::iota(own.begin(), own.end(), 0);
  return own;
}

std::vector<std::int32_t> Take(std::span<const std::int32_t> groups,
                               const std::vector<std::size_t>& rows) {
  std::vector<std::int32_t> taken;
  for (const std::size_t row : rows) taken.push_back(groups[row]);
  return taken;
}

// The first row of each group in a random order, ascending.
std::vector<std::size_t> Representatives(std::uint64_t seed, const std::vector<std::size_t>& group,
                                         std::size_t groups) {
  std::vector<bool> seen(groups);
  std::vector<std::size_t> chosen;
  for (const std::size_t place :
       Permutation(StreamSeed(seed, Stream::kRepresentatives), group.size())) {
    if (seen[group[place]]) continue;
    seen[group[place]] = true;
    chosen.push_back(place);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

std::size_t NumberByAppearance(std::span<const std::int32_t> groups,
                               std::vector<std::size_t>& numbers) {
  std::unordered_map<std::int32_t, std::size_t> known;
  numbers.clear();
  for (const std::int32_t group : groups) {
    numbers.push_back(known.emplace(group, known.size()).first->second);
  }
  return known.size();
}

Split SplitRows(std::uint64_t seed, std::size_t n, std::span<const std::int32_t> groups) {
  const std::vector<std::int32_t> own = groups.empty() ? OwnGroups(n) : std::vector<std::int32_t>();
  const std::span<const std::int32_t> given = groups.empty() ? std::span(own) : groups;
  std::vector<std::size_t> number;
  const std::size_t count = NumberByAppearance(given, number);
  std::vector<std::size_t> sizes(count);
  for (const std::size_t group : number) ++sizes[group];

  std::vector<bool> in_a(count);
  std::size_t rows_a = 0;
  for (const std::size_t group : Permutation(StreamSeed(seed, Stream::kSplit), count)) {
    if (rows_a >= n / 2) break;
    in_a[group] = true;
    rows_a += sizes[group];
  }
  Split split;
  for (std::size_t row = 0; row < n; ++row) {
    (in_a[number[row]] ? split.a : split.b).push_back(row);
  }
  split.groups_a = NumberByAppearance(Take(given, split.a), split.group_a);
  split.groups_b = NumberByAppearance(Take(given, split.b), split.group_b);
  split.certify = Representatives(seed, split.group_b, split.groups_b);
  return split;
}

}  // namespace credence::fitting
