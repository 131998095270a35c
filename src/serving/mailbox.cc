#include "serving/mailbox.h"

namespace credence::serving {

void Mailbox::Put(std::unique_ptr<Work> work) {
  auto box = box_.lock();  // a parameter outlives it: what is dropped is destroyed unlocked
  if (box->closed) return;
  box->arrived.push_back(std::move(work));
  if (box->arrived.size() == 1) wake_();
}

void Mailbox::Take(std::vector<std::unique_ptr<Work>>& into) {
  auto box = box_.lock();
  into.swap(box->arrived);
}

void Mailbox::Close() {
  std::vector<std::unique_ptr<Work>> dropped;  // destroyed without the lock
  auto box = box_.lock();
  box->closed = true;
  dropped.swap(box->arrived);
}

}  // namespace credence::serving
