// Lane runs work: reads and prepares its inputs, runs them through their versions in batches, and
// tells the observers.
//
// Errors:  what a codec, an engine or an observer throws ends here: the works that it concerns get
//          an error (kResourceExhausted when memory is out, else kInternal), the lane goes on.
// Time:    between two inputs and inside long decodes a lane looks at the work's deadline and at
//          whether somebody still waits for it.
// Threads: confined to its thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/byte_budget.h"
#include "base/clock.h"
#include "predictor/predictor.h"
#include "serving/cost.h"
#include "serving/request.h"

namespace credence::serving {

// Rows of a tensor that one request may bring for a picture classifier.
inline constexpr std::size_t kRowsMax = 1024;

// Of running the inputs, `run_cost` each, and of decoding them. REQUIRES: reply.version is set.
std::chrono::nanoseconds EstimateCost(const Work& work, std::chrono::nanoseconds run_cost,
                                      const DecodeCosts& costs);

class Lane {
 public:
  // `index`: of the runners that it uses. `memory`: what decoding takes from; nullptr: no limit.
  // The references outlive it.
  Lane(int index, DecodeCosts& costs, const Clock& clock, ByteBudget* memory = nullptr)
      : index_(index), costs_(costs), clock_(clock) {
    workspace_.memory = HeldBytes(memory, ByteUse::kWork);
  }

  // Gives every input an answer or an error, or the work one as a whole. An input whose deadline is
  // over before its turn comes gets kDeadlineExceeded; so does the work when all have. REQUIRES:
  // each reply.version is set and has a runner for this lane.
  void Execute(std::span<const std::unique_ptr<Work>> works);

  // Reads the work and prepares its inputs, until `until` is over. Returns whether Execute has only
  // to run them now; else it can be called again, on any lane.
  bool Prepare(Work& work, SteadyTime until);

 private:
  void Read(Work& work);
  void PrepareOne(Work& work, const StopSign& stop);
  void Collect(std::span<const std::unique_ptr<Work>> works, const Version& version);
  void RunBatches(const Version& version);
  bool EndOverdue(std::size_t first, std::size_t count);

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
