// A cheap, deterministic stand-in for an engine: for tests, and for benchmarks of everything else.
//
// With m = the example's mean value as a share of full scale (float: 1, uint8: 255; clipped to
// 0..1), class k has the logit -8 |m (classes - 1) - k|: a black picture is class 0, a white one
// the last. Scores are their softmax; feature j is the mean of the j-th of feature_size equal
// parts.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "model/model.h"

namespace credence::model {

struct FakeOptions {
  InputSpec input = {.name = "input", .height = 28, .width = 28, .channels = 1};
  int classes = 10;
  int feature_size = 16;  // 0: no tap; at most the number of the example's values
  int batch_max = 64;
  bool random = false;      // logits get noise of +-1/2, other for each example and run
  bool non_finite = false;  // the first logit and score of each answer are NaN
  ScoreKind scores = ScoreKind::kProbabilities;  // another: scores are the logits
  bool no_distribution = false;                  // scores do not sum to 1, whatever `scores` says
  std::string run_error = {};         // not empty: each Run fails with this message (kInternal)
  std::function<void()> on_run = {};  // called by each Run before it answers; may wait or throw
};

// REQUIRES: sizes in range.
std::unique_ptr<Model> MakeFake(const FakeOptions& options);

// A model that is no picture classifier: "a" float32 [-1, 3] and "b" int32 [-1, 3] give "sum"
// float32 [-1, 3].
std::unique_ptr<Model> MakeAddingFake();

// Loads MakeFake(options) from every path that exists; kNotFound otherwise.
std::unique_ptr<Engine> MakeFakeEngine(const FakeOptions& options);

}  // namespace credence::model
