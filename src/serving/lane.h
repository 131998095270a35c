// Lane runs work: prepares its inputs, runs them through their versions in batches, and tells the
// observers.
//
// Errors:  what a codec, an engine or an observer throws ends here: the works that it concerns get
//          an error (kResourceExhausted when memory is out, else kInternal), the lane goes on.
// Threads: confined to its thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "predictor/predictor.h"
#include "serving/cost.h"
#include "serving/request.h"

namespace credence::serving {

class Lane {
 public:
  // `index`: of the runners that it uses. The references outlive it.
  Lane(int index, DecodeCosts& costs, const Clock& clock)
      : index_(index), costs_(costs), clock_(clock) {}

  // Gives every input an answer or an error, or the work one as a whole. An input whose deadline is
  // over before its turn comes gets kDeadlineExceeded. REQUIRES: each reply.version is set and has
  // a runner for this lane.
  void Execute(std::span<const std::unique_ptr<Work>> works);

 private:
  void Prepare(Work& work, SteadyTime start);
  void Collect(std::span<const std::unique_ptr<Work>> works, const Version& version);
  void RunBatches(const Version& version);

  const int index_;
  DecodeCosts& costs_;
  const Clock& clock_;
  predictor::Workspace workspace_;
  std::vector<const Version*> versions_;
  // Of one version, in the same order:
  std::vector<predictor::Task> tasks_;
  std::vector<Observed> observed_;
  std::vector<Work*> owners_;
};

}  // namespace credence::serving
