#include "serving/predict.h"

#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>

#include "serving/test_predictor.h"

namespace credence::serving {
namespace {

using std::chrono::milliseconds;

// What came of one work.
struct Outcome {
  int delivered = 0;
  bool destroyed = false;
  std::optional<Error> error;
  std::vector<int> labels;            // -1: an error
  std::vector<std::string> messages;  // of the errors
};

// A request of white pictures that tells its outcome.
class TestWork final : public Work {
 public:
  TestWork(Outcome& outcome, const Clock& clock, std::size_t pictures = 1) : outcome_(outcome) {
    request.Clear();
    AddWhite(pictures);
    request.received = clock.Now();
    request.deadline = request.received + milliseconds(100);
  }
  ~TestWork() override { outcome_.destroyed = true; }

  Result<void> Read() override {
    if (reads == 0) return Error{Code::kInvalidArgument, "nothing to read"};
    AddWhite(reads);
    return {};
  }
  const std::atomic<bool>* gone() const override { return &client_gone; }

  void Deliver() override {
    ++outcome_.delivered;
    outcome_.error = reply.error;
    for (const predictor::Answer& answer : reply.answers.all()) {
      outcome_.labels.push_back(answer.error ? -1 : answer.prediction.label);
      if (answer.error) outcome_.messages.push_back(answer.error->message);
    }
  }

  std::atomic<bool> client_gone{false};
  std::size_t reads = 0;  // pictures that Read adds

 private:
  void AddWhite(std::size_t pictures) {
    for (std::size_t i = 0; i < pictures; ++i) {
      request.inputs.Add() =
          predictor::Numbers{.shape = {28, 28}, .values = std::vector<float>(784, 255)};
    }
  }

  Outcome& outcome_;
};

class PredictTest : public testing::Test {
 protected:
  PredictTest() { Serve({{"fake", {{1, world_.MakeVersion(), ""}}}}); }

  void Serve(std::vector<ServedPredictor> predictors) {
    published_.Publish(std::make_shared<const Catalog>(std::move(predictors), ""));
  }
  void ServeHeavy() {
    Serve({{"fake", {{1, world_.MakeVersion("fake", 1, milliseconds(5)), ""}}}});
  }

  std::unique_ptr<TestWork> Make(Outcome& outcome, std::size_t pictures = 1) {
    return std::make_unique<TestWork>(outcome, clock_, pictures);
  }
  void AwaitMail() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return mail_ > 0; });
    mail_ = 0;
  }
  // Waits until the pool has done what it was given: runs one more work, which is refused as long
  // as there is no place.
  Outcome AwaitPool() {
    Outcome last;
    do {
      last = {};
      submitter_->Predict(Make(last));
    } while (last.error);
    while (last.delivered == 0) {
      AwaitMail();
      submitter_->Receive();
    }
    return last;
  }
  std::unique_ptr<Submitter> NewSubmitter() {
    return std::make_unique<Submitter>(0, core_, [this] {
      const std::scoped_lock lock(mutex_);
      ++mail_;
      arrived_.notify_all();
    });
  }

  TestWorld world_;
  FakeClock clock_;
  PublishedCatalog published_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  int mail_ = 0;
  Core core_{{.lanes = {.io = 1, .compute = 1}, .queue_pictures_max = 4, .compute_pictures_max = 4},
             published_,
             world_.metrics,
             clock_};
  std::unique_ptr<Submitter> submitter_ = NewSubmitter();
};

TEST_F(PredictTest, SmallRequestsAreDeliveredAtTheEndOfTheTurn) {
  Outcome a, b;
  submitter_->Predict(Make(a));
  submitter_->Predict(Make(b));
  EXPECT_EQ(a.delivered, 0);
  EXPECT_FALSE(submitter_->Flush());
  EXPECT_EQ(a.delivered, 1);
  EXPECT_EQ(a.labels, std::vector<int>{9});
  EXPECT_EQ(b.delivered, 1);
  EXPECT_EQ(core_.inline_depth, 0);
}

TEST_F(PredictTest, AnUnknownPredictorIsDeliveredAtOnce) {
  Outcome outcome;
  auto work = Make(outcome);
  work->request.selector.predictor = "other";
  submitter_->Predict(std::move(work));
  EXPECT_EQ(outcome.delivered, 1);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kNotFound);
  EXPECT_TRUE(outcome.destroyed);
}

TEST_F(PredictTest, AFullQueueRefusesAtOnce) {
  Outcome a, b;
  submitter_->Predict(Make(a, 3));
  submitter_->Predict(Make(b, 2));
  ASSERT_TRUE(b.error);
  EXPECT_EQ(b.error->code, Code::kResourceExhausted);
  EXPECT_EQ(b.error->message, "overloaded: 3 pictures wait; the limit is 4");
  EXPECT_TRUE(world_.metrics.Text().find("credence_rejected_total{reason=\"queue_full\"} 1") !=
              std::string::npos);
  submitter_->Flush();  // what waits tells `a` of its end
}

TEST_F(PredictTest, ARequestWhoseDeadlineIsOverIsNotRun) {
  Outcome late;
  submitter_->Predict(Make(late));
  clock_.Advance(milliseconds(101));
  submitter_->Flush();
  EXPECT_TRUE(late.labels.empty());
  ASSERT_TRUE(late.error);
  EXPECT_EQ(late.error->code, Code::kDeadlineExceeded);
  EXPECT_EQ(late.error->message, "the request's deadline was over before its turn came");
}

TEST_F(PredictTest, AWorkThatNobodyWaitsForAnyMoreIsNotRun) {
  Outcome left;
  auto work = Make(left, 2);
  work->client_gone = true;
  submitter_->Predict(std::move(work));
  submitter_->Flush();
  ASSERT_TRUE(left.error);
  EXPECT_EQ(left.error->code, Code::kUnavailable);
  EXPECT_EQ(left.delivered, 1);
}

TEST_F(PredictTest, WhatTakesLongToReadIsReadByTheComputePool) {
  Outcome read;
  auto work = Make(read);
  work->request.inputs.Clear();
  work->unread = true;
  work->reads = 3;
  submitter_->Predict(std::move(work));
  AwaitMail();
  submitter_->Receive();
  EXPECT_EQ(read.labels, (std::vector<int>{9, 9, 9}));
}

TEST_F(PredictTest, WhatCannotBeReadIsAnErrorOfTheRequest) {
  Outcome read;
  auto work = Make(read);
  work->request.inputs.Clear();
  work->unread = true;
  submitter_->Predict(std::move(work));
  AwaitMail();
  submitter_->Receive();
  ASSERT_TRUE(read.error);
  EXPECT_EQ(read.error->message, "nothing to read");
}

TEST_F(PredictTest, HeavyRequestsComeBackThroughTheMailbox) {
  ServeHeavy();
  Outcome heavy;
  submitter_->Predict(Make(heavy));
  EXPECT_EQ(core_.inline_depth, 0);
  AwaitMail();
  EXPECT_EQ(heavy.delivered, 0);
  submitter_->Receive();
  EXPECT_EQ(heavy.delivered, 1);
  EXPECT_EQ(heavy.labels, std::vector<int>{9});
}

TEST_F(PredictTest, PredictorsOfOneTurnAreKeptApart) {
  Serve({{"a", {{1, world_.MakeVersion("a"), ""}}}, {"b", {{1, world_.MakeVersion("b"), ""}}}});
  Outcome a, b;
  auto first = Make(a), second = Make(b, 2);
  first->request.selector.predictor = "a";
  second->request.selector.predictor = "b";
  submitter_->Predict(std::move(first));
  submitter_->Predict(std::move(second));
  submitter_->Flush();
  EXPECT_EQ(a.labels, std::vector<int>{9});
  EXPECT_EQ(b.labels, (std::vector<int>{9, 9}));
}

TEST_F(PredictTest, ANewCatalogServesTheNextRequest) {
  Outcome before, after;
  submitter_->Predict(Make(before));
  Serve({{"other", {{1, world_.MakeVersion("other"), ""}}}});
  auto work = Make(after);
  work->request.selector.predictor = "other";
  submitter_->Predict(std::move(work));
  submitter_->Flush();
  EXPECT_EQ(before.labels, std::vector<int>{9});  // its version was pinned
  EXPECT_EQ(after.labels, std::vector<int>{9});
}

TEST_F(PredictTest, ASubmitterThatIsGoneLosesItsAnswersAndNothingElse) {
  ServeHeavy();
  Outcome outcomes[8];
  auto gone = NewSubmitter();
  for (Outcome& outcome : outcomes) gone->Predict(Make(outcome));
  gone.reset();
  EXPECT_EQ(AwaitPool().labels, std::vector<int>{9});
}

TEST_F(PredictTest, WhatWaitsWhenASubmitterEndsIsDestroyedUndelivered) {
  Outcome outcome;
  submitter_->Predict(Make(outcome));
  submitter_.reset();
  EXPECT_TRUE(outcome.destroyed);
  EXPECT_EQ(outcome.delivered, 0);
  EXPECT_EQ(core_.inline_depth, 0);
}

TEST_F(PredictTest, AnIdleThreadLetsGoOfWhatIsNotServedAnyMore) {
  Outcome outcome;
  submitter_->Predict(Make(outcome));
  submitter_->Flush();
  const std::weak_ptr<const Catalog> old = published_.Get();
  Serve({{"other", {{1, world_.MakeVersion("other"), ""}}}});
  EXPECT_FALSE(old.expired());
  submitter_->Flush();
  EXPECT_TRUE(old.expired());
}

TEST_F(PredictTest, TheQueueOfABodyIsKnownByItsSize) {
  constexpr std::uint64_t kLarge = 100'000;
  Outcome first, second;
  submitter_->Predict(Make(first, 2));
  EXPECT_FALSE(submitter_->Overloaded(kLarge));
  auto work = Make(second, 2);
  work->request.body_bytes = kLarge;
  submitter_->Predict(std::move(work));              // the queue of this thread is full now
  EXPECT_TRUE(submitter_->Overloaded(kLarge));       // as large a body went there
  EXPECT_FALSE(submitter_->Overloaded(kLarge + 1));  // this one may be for the pool, which is free
  submitter_.reset();                                // before the outcomes
}

TEST_F(PredictTest, WhatAnEngineThrowsIsTheErrorOfTheWorksThatItConcerns) {
  bool throws = false;
  const model::FakeOptions broken = {.on_run = [&throws] {
    if (throws) throw std::bad_alloc();
  }};
  Serve({{"a", {{1, world_.MakeVersion("a"), ""}}},
         {"b", {{1, world_.MakeVersion("b", 1, {}, broken), ""}}}});
  throws = true;
  Outcome a, b, c;
  for (auto& [outcome, name] : {std::pair(&a, "a"), std::pair(&b, "b")}) {
    auto work = Make(*outcome);
    work->request.selector.predictor = name;
    submitter_->Predict(std::move(work));
  }
  submitter_->Flush();
  EXPECT_EQ(a.labels, std::vector<int>{9});
  ASSERT_TRUE(b.error);
  EXPECT_EQ(b.error->code, Code::kResourceExhausted);
  EXPECT_EQ(b.error->message, "out of memory");
  EXPECT_TRUE(b.labels.empty());
  throws = false;
  auto work = Make(c);
  work->request.selector.predictor = "b";
  submitter_->Predict(std::move(work));
  submitter_->Flush();
  EXPECT_EQ(c.labels, std::vector<int>{9});
}

TEST_F(PredictTest, SubmittersComeAndGoWhileThePoolWorks) {
  ServeHeavy();
  std::array<std::array<Outcome, 300>, 2> outcomes;
  {
    std::array<std::jthread, 2> threads;
    for (int lane = 0; lane < 2; ++lane) {
      auto& mine = outcomes[static_cast<std::size_t>(lane)];
      threads[static_cast<std::size_t>(lane)] = std::jthread([this, lane, &mine] {
        for (std::size_t i = 0; i < mine.size(); i += 3) {
          Submitter submitter(lane, core_, [] {});
          for (std::size_t j = i; j < i + 3; ++j) submitter.Predict(Make(mine[j]));
          if (i % 2 == 0) submitter.Receive();
        }
      });
    }
  }
  AwaitPool();
  for (const auto& mine : outcomes) {
    for (const Outcome& outcome : mine) {
      EXPECT_LE(outcome.delivered, 1);
      EXPECT_TRUE(outcome.destroyed);
    }
  }
}

TEST_F(PredictTest, OverloadIsKnownBeforeARequestIsRead) {
  EXPECT_FALSE(submitter_->Overloaded(100));
  Outcome outcome;
  submitter_->Predict(Make(outcome, 4));
  ASSERT_TRUE(submitter_->Overloaded(100));
  EXPECT_EQ(submitter_->Overloaded(100)->code, Code::kResourceExhausted);
  submitter_.reset();  // before the outcomes
}

}  // namespace
}  // namespace credence::serving
