// Mailbox is where a submitting thread receives what the compute pool has done for it.
//
// The pool shares it; once the submitter has closed it, what arrives is destroyed: a submitter that
// is gone loses its answers, nothing else.
// Threads: thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "serving/request.h"

namespace credence::serving {

class Mailbox {
 public:
  // `wake` is called when work arrives in an empty, open box, on the thread that put it; it has to
  // make the submitting thread call Take soon.
  explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void Put(std::unique_ptr<Work> work);
  // On the submitting thread: everything that has arrived, in order. `into` must be empty.
  void Take(std::vector<std::unique_ptr<Work>>& into);
  // On the submitting thread. `wake` is never called again once it has returned.
  void Close();

 private:
  struct Box {
    std::vector<std::unique_ptr<Work>> arrived;
    bool closed = false;
  };
  const std::function<void()> wake_;
  Guarded<Box> box_;
};

}  // namespace credence::serving
