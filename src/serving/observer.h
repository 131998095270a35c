// Observer is told what a version answered: drift, verdict counts, and whatever else wants to know.
#pragma once

#include <span>

#include "predictor/answer.h"
#include "predictor/input.h"

namespace credence::serving {

struct Observed {
  const predictor::Input* input = nullptr;
  const predictor::Answer* answer = nullptr;  // its prediction, or its error
};

// Thread-safe over lanes; one lane calls from one thread at a time.
class Observer {
 public:
  virtual ~Observer() = default;
  // After each batch of live requests, on the lane that ran it. Costs every request: it may take no
  // lock that others hold for long, and allocates nothing.
  virtual void Observe(int lane, std::span<const Observed> batch) = 0;
};

}  // namespace credence::serving
