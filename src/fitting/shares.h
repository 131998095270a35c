// Shares of rows with the intervals that suit them: Clopper-Pearson's, and the bootstrap's over
// groups where rows belong together.
// Threads: pure.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "fitting/bootstrap.h"
#include "fitting/card_row.h"
#include "reliability/report_card.h"

namespace credence::fitting {

// count / n with its Clopper-Pearson interval; NaN when n is 0.
reliability::Estimate ShareOf(std::size_t count, std::size_t n);

using Condition = std::function<bool(const CardRow&)>;

class Shares {
 public:
  // `first`: the place of the rows' first in the draws: above 0 for foreign rows, which are drawn
  // one by one.
  Shares(std::span<const CardRow> rows, const Bootstrap& draws, std::size_t first = 0)
      : rows_(rows), draws_(draws), first_(first) {}

  // Among the rows with `base`, of those that also have `holds`.
  reliability::Estimate Of(const Condition& base, const Condition& holds) const;
  reliability::Estimate Of(const Condition& holds) const;

 private:
  struct Row {
    std::size_t place;
    bool holds;
  };
  std::size_t Groups(const std::vector<Row>& rows) const;  // a row without a group is one
  std::vector<double> Drawn(const std::vector<Row>& rows) const;

  std::span<const CardRow> rows_;
  const Bootstrap& draws_;
  std::size_t first_;
};

}  // namespace credence::fitting
