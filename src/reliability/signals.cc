#include "reliability/signals.h"

#include <limits>

namespace credence::reliability {

std::string_view SignalName(std::size_t signal) {
  constexpr auto kNames =
      std::to_array<std::string_view>({"m", "t", "q", "e", "d_fea", "d_sub", "d_sta"});
  static_assert(kNames.size() == kSignals);
  return kNames[signal];
}

Signals NoSignals() {
  Signals none;
  none.fill(std::numeric_limits<double>::quiet_NaN());
  return none;
}

Signals Standardise(const Standard& standard, const Signals& signals) {
  Signals zeta;
  for (std::size_t j = 0; j < kSignals; ++j) {
    zeta[j] = (signals[j] - standard.mean[j]) / standard.sd[j];
  }
  return zeta;
}

}  // namespace credence::reliability
