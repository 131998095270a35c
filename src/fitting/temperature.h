// Temperature scaling: one number that makes the softmax as confident as the model is accurate.
//
// Guo et al., "On Calibration of Modern Neural Networks", 2017; with a normal prior on ln T (SD
// 0.5) that keeps T finite when no row is wrong. Assumes rows the model was not trained on.
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace credence::fitting {

struct TemperatureFit {
  double temperature = 1;
  double criterion =
      0;  // nats a row: [Σ -ln softmax(z/T)[y] + (ln T)²/(2·0.5²)] / n at its minimum
};

// Minimises the criterion over ln T in [-5, 8]: grid of step 0.25, then golden section to 1e-9.
// logits: [labels.size(), classes], finite. REQUIRES: at least one row; labels in [0, classes).
TemperatureFit FitTemperature(std::span<const float> logits, std::size_t classes,
                              std::span<const std::int32_t> labels);

}  // namespace credence::fitting
