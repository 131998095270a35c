#include "fitting/split.h"

#include <algorithm>

#include "fitting/streams.h"

namespace credence::fitting {

Split SplitRows(std::uint64_t seed, std::size_t n) {
  const std::vector<std::size_t> order = Permutation(StreamSeed(seed, Stream::kSplit), n);
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(n / 2);
  Split split{.a = {order.begin(), middle}, .b = {middle, order.end()}};
  std::sort(split.a.begin(), split.a.end());
  std::sort(split.b.begin(), split.b.end());
  return split;
}

}  // namespace credence::fitting
