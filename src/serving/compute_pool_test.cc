#include "serving/compute_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <thread>

#include "serving/mailbox.h"
#include "serving/test_predictor.h"

namespace credence::serving {
namespace {

using std::chrono::milliseconds;

// What became of all works, whichever thread ended them.
struct Tally {
  std::atomic<int> delivered{0}, destroyed{0};
};

class PoolWork final : public Work {
 public:
  PoolWork(VersionPtr version, std::shared_ptr<Mailbox> mailbox, const Clock& clock, Tally& tally)
      : tally_(tally) {
    request.inputs.Add() =
        predictor::Numbers{.shape = {28, 28}, .values = std::vector<float>(784, 255)};
    request.received = clock.Now();
    request.deadline = request.received + std::chrono::hours(1);
    reply.version = std::move(version);
    cost = milliseconds(5);
    home = std::move(mailbox);
  }
  ~PoolWork() override { ++tally_.destroyed; }
  void Deliver() override { ++tally_.delivered; }

 private:
  Tally& tally_;
};

// What the model does when it is run: answers, waits at the gate or throws.
class Model {
 public:
  enum class Does { kAnswer, kWait, kRunOut, kThrow };

  void Do(Does what) {
    const std::scoped_lock lock(mutex_);
    does_ = what;
    changed_.notify_all();
  }
  void AwaitRun() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }
  model::FakeOptions Options() {
    return {.on_run = [this] { OnRun(); }};
  }

 private:
  void OnRun() {
    std::unique_lock lock(mutex_);
    if (does_ == Does::kRunOut) throw std::bad_alloc();
    if (does_ == Does::kThrow) throw std::runtime_error("a kernel is missing");
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return does_ == Does::kAnswer; });
    waiting_ = false;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  Does does_ = Does::kAnswer;
  bool waiting_ = false;
};

class ComputePoolTest : public testing::Test {
 protected:
  void TearDown() override { model_.Do(Model::Does::kAnswer); }

  std::shared_ptr<Mailbox> NewMailbox() {
    return std::make_shared<Mailbox>([this] {
      const std::scoped_lock lock(mutex_);
      arrived_.notify_all();
    });
  }
  std::unique_ptr<Work> Make(const std::shared_ptr<Mailbox>& mailbox) {
    ++made_;
    return std::make_unique<PoolWork>(version_, mailbox, clock_, tally_);
  }
  void Submit(const std::shared_ptr<Mailbox>& mailbox) {
    auto work = Make(mailbox);
    ASSERT_EQ(pool_->Submit(work), Refusal::kNone);
    ASSERT_FALSE(work);
  }
  static void TakeInto(Mailbox& mailbox, std::vector<std::unique_ptr<Work>>& all) {
    auto taken = mailbox.TakeAll();
    while (auto work = taken.Next()) all.push_back(std::move(work));
  }
  // Waits for `count` works.
  std::vector<std::unique_ptr<Work>> Take(Mailbox& mailbox, std::size_t count) {
    std::vector<std::unique_ptr<Work>> all;
    std::unique_lock lock(mutex_);
    while (all.size() < count) {
      lock.unlock();  // wake takes it
      TakeInto(mailbox, all);
      lock.lock();
      if (all.size() < count) arrived_.wait_for(lock, milliseconds(10));
    }
    return all;
  }
  // Ends the pool while `model_` waits in a run: as if it took long. Returns when it has ended;
  // whatever was submitted meanwhile goes to `mailbox`.
  void EndPool(const std::shared_ptr<Mailbox>& mailbox) {
    ComputePool& pool = *pool_;
    std::jthread end([this] { pool_.reset(); });
    while (true) {  // until the queue is closed
      auto work = Make(mailbox);
      if (pool.Submit(work) != Refusal::kNone) break;
      std::this_thread::sleep_for(milliseconds(1));
    }
    model_.Do(Model::Does::kAnswer);
  }

  TestWorld world_;
  SystemClock clock_;
  DecodeCosts costs_;
  Model model_;
  Tally tally_;
  int made_ = 0;
  std::mutex mutex_;
  std::condition_variable arrived_;
  VersionPtr version_ = world_.MakeVersion("fake", 1, milliseconds(5), model_.Options());
  std::unique_ptr<ComputePool> pool_ = std::make_unique<ComputePool>(
      PoolOptions{.threads = 1, .pictures_max = 1'000'000}, costs_, clock_);
};

TEST_F(ComputePoolTest, WhatWaitsWhenThePoolEndsIsAnsweredOnceUnavailable) {
  const auto mailbox = NewMailbox();
  model_.Do(Model::Does::kWait);
  Submit(mailbox);
  model_.AwaitRun();
  for (int i = 0; i < 3; ++i) Submit(mailbox);
  EndPool(mailbox);
  std::vector<std::unique_ptr<Work>> all;
  TakeInto(*mailbox, all);
  ASSERT_EQ(static_cast<int>(all.size()), made_ - 1);  // the last one was refused
  EXPECT_FALSE(all[0]->reply.error);                   // it ran
  EXPECT_EQ(all[0]->reply.answers[0].prediction.label, 9);
  for (std::size_t i = 1; i < all.size(); ++i) {
    ASSERT_TRUE(all[i]->reply.error);
    EXPECT_EQ(all[i]->reply.error->code, Code::kUnavailable);
  }
  EXPECT_EQ(tally_.destroyed, 1);
  all.clear();
  EXPECT_EQ(tally_.destroyed, made_);
}

TEST_F(ComputePoolTest, WorkOfASubmitterThatIsGoneIsDestroyedWhenItIsDone) {
  const auto gone = NewMailbox(), stays = NewMailbox();
  model_.Do(Model::Does::kWait);
  Submit(gone);
  model_.AwaitRun();
  for (int i = 0; i < 3; ++i) Submit(gone);
  Submit(stays);
  gone->Close();
  EXPECT_EQ(tally_.destroyed, 0);  // the pool owns them
  model_.Do(Model::Does::kAnswer);
  const auto done = Take(*stays, 1);
  EXPECT_FALSE(done[0]->reply.error);
  pool_.reset();
  EXPECT_EQ(tally_.destroyed, 4);
  EXPECT_EQ(tally_.delivered, 0);
}

TEST_F(ComputePoolTest, ThePoolEndsAfterTheMailboxes) {
  auto mailbox = NewMailbox();
  model_.Do(Model::Does::kWait);
  Submit(mailbox);
  model_.AwaitRun();
  Submit(mailbox);
  mailbox->Close();
  EndPool(mailbox);
  EXPECT_EQ(tally_.destroyed, made_);
}

TEST_F(ComputePoolTest, AVersionMayBeLetGoOfByTheLastWorkThatPinsIt) {
  const auto mailbox = NewMailbox();
  model_.Do(Model::Does::kWait);
  Submit(mailbox);
  model_.AwaitRun();
  const std::weak_ptr<const Version> version = version_;
  version_.reset();
  mailbox->Close();
  EXPECT_FALSE(version.expired());
  model_.Do(Model::Does::kAnswer);
  pool_.reset();
  EXPECT_TRUE(version.expired());
}

TEST_F(ComputePoolTest, WhatAnEngineThrowsIsAnErrorAndTheThreadGoesOn) {
  const std::map<Model::Does, Error> thrown = {
      {Model::Does::kRunOut, {Code::kResourceExhausted, "out of memory"}},
      {Model::Does::kThrow, {Code::kInternal, "a kernel is missing"}}};
  const auto mailbox = NewMailbox();
  for (const auto& [does, expected] : thrown) {
    model_.Do(does);
    Submit(mailbox);
    const auto done = Take(*mailbox, 1);
    ASSERT_TRUE(done[0]->reply.error);
    EXPECT_EQ(done[0]->reply.error->code, expected.code);
    EXPECT_EQ(done[0]->reply.error->message, expected.message);
    EXPECT_TRUE(done[0]->reply.answers.empty());
  }
  model_.Do(Model::Does::kAnswer);
  Submit(mailbox);
  EXPECT_EQ(Take(*mailbox, 1)[0]->reply.answers[0].prediction.label, 9);
}

// A work whose inputs take long to prepare goes behind the one that waits, and both are answered.
TEST_F(ComputePoolTest, AWorkOfManyInputsHasItsTurnAndThenOthersHave) {
  const std::string head = "P5 4000 4000 255\n";
  std::vector<std::uint8_t> file(head.begin(), head.end());
  file.resize(file.size() + 16'000'000, 99);
  const auto mailbox = NewMailbox();
  auto many = Make(mailbox);
  many->request.inputs.Clear();
  for (int i = 0; i < 12; ++i) {
    predictor::Become<predictor::EncodedPicture>(many->request.inputs.Add()).file = file;
  }
  many->cost = std::chrono::seconds(12);
  ASSERT_EQ(pool_->Submit(many), Refusal::kNone);
  Submit(mailbox);
  const auto first = Take(*mailbox, 1);
  EXPECT_EQ(first[0]->reply.answers.size(), 1u);
  const auto second = Take(*mailbox, 1);
  EXPECT_EQ(second[0]->reply.answers.size(), 12u);
  EXPECT_FALSE(second[0]->reply.answers[11].error);
}

TEST_F(ComputePoolTest, WhatIsLateIsTakenToNeedAsLongAgain) {
  const auto mailbox = NewMailbox();
  model_.Do(Model::Does::kWait);
  Submit(mailbox);  // estimated at 5 ms
  model_.AwaitRun();
  const SteadyTime start = clock_.Now();
  while (clock_.Now() - start < milliseconds(30)) std::this_thread::yield();
  const QueueState state = pool_->state();
  ASSERT_EQ(state.running.size(), 1u);
  EXPECT_GE(state.running[0], milliseconds(25));
}

TEST_F(ComputePoolTest, AClosedMailboxWakesNobody) {
  int woken = 0;
  Mailbox mailbox([&woken] { ++woken; });
  mailbox.Put(Make(nullptr));
  EXPECT_EQ(woken, 1);
  mailbox.Close();
  mailbox.Put(Make(nullptr));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(tally_.destroyed, made_);
}

}  // namespace
}  // namespace credence::serving
