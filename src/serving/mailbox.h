// Mailbox is where a submitting thread receives what the compute pool has done for it.
//
// The pool shares it; once the submitter has closed it, what arrives is destroyed: a submitter that
// is gone loses its answers, nothing else.
// Threads: Put from any; TakeAll and Close from the submitting one. No locks: the pool's threads
// are of lower priority, and one that is interrupted in the middle must not hold the submitter up.
#pragma once

#include <functional>
#include <memory>

#include "base/arrivals.h"
#include "serving/request.h"

namespace credence::serving {

class Mailbox {
 public:
  // `wake` is called when work has arrived in an empty, open box, on the thread that put it; it has
  // to make the submitting thread call TakeAll soon, and must not throw. A call may come as late as
  // the pool's end.
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Put(std::unique_ptr<Work> work) {
    if (arrived_.Put(std::move(work)) == Placed::kFirst) wake_();
  }
  // Everything that has arrived, in order.
  Arrivals<Work>::Taken TakeAll() { return arrived_.TakeAll(); }
  void Close() { arrived_.Close(); }

 private:
  const std::function<void()> wake_;
  Arrivals<Work> arrived_;
};

}  // namespace credence::serving
