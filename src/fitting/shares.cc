#include "fitting/shares.h"

#include <cstdint>
#include <set>

#include "reliability/binomial.h"

namespace credence::fitting {

using reliability::Estimate;

Estimate ShareOf(std::size_t count, std::size_t n) {
  if (n == 0) return {};
  const reliability::Interval interval = reliability::ClopperPearson(count, n);
  return {.value = static_cast<double>(count) / static_cast<double>(n),
          .low = interval.low,
          .high = interval.high};
}

Estimate Shares::Of(const Condition& base, const Condition& holds) const {
  std::vector<Row> rows;
  std::size_t count = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (!base(rows_[i])) continue;
    rows.push_back({i, holds(rows_[i])});
    if (rows.back().holds) ++count;
  }
  Estimate share = ShareOf(count, rows.size());
  if (!draws_.grouped() || first_ != 0) return share;
  // Of none and of all, every draw has the same share, as if it were known for certain.
  const std::size_t groups = Groups(rows);
  if (count == 0) return ShareOf(0, groups);
  if (count == rows.size()) return ShareOf(groups, groups);
  SetInterval(Drawn(rows), share);
  return share;
}

Estimate Shares::Of(const Condition& holds) const {
  return Of([](const CardRow&) { return true; }, holds);
}

std::size_t Shares::Groups(const std::vector<Row>& rows) const {
  std::set<std::int32_t> groups;
  for (const Row& row : rows) {
    const std::int32_t group = rows_[row.place].group;
    groups.insert(group >= 0 ? group : -1 - static_cast<std::int32_t>(row.place));
  }
  return groups.size();
}

std::vector<double> Shares::Drawn(const std::vector<Row>& rows) const {
  std::vector<double> shares;
  for (std::size_t b = 0; b < kReplicates; ++b) {
    const auto times = draws_.Times(b);
    double n = 0;
    double count = 0;
    for (const Row& row : rows) {
      n += times[row.place];
      if (row.holds) count += times[row.place];
    }
    shares.push_back(count / n);  // NaN: there is none among them
  }
  return shares;
}

}  // namespace credence::fitting
