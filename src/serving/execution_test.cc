#include "serving/execution.h"

#include <gtest/gtest.h>

#include <future>

#include "serving/test_predictor.h"

namespace credence::serving {
namespace {

using std::chrono::milliseconds;

// A job of grey pictures that remembers its completion.
class TestJob final : public Job {
 public:
  TestJob(PredictorPtr which, const Clock& clock, std::size_t pictures = 1) {
    predictor = std::move(which);
    submitted = clock.Now();
    deadline = submitted + milliseconds(100);
    count = pictures;
    storage.resize(pictures);
    for (auto& picture : storage) {
      picture.pixels.Reshape(28, 28, 1);
      std::fill(picture.pixels.data.begin(), picture.pixels.data.end(), std::uint8_t{255});
    }
  }
  void Complete() override { completed.set_value(); }
  void PostComplete() override { Complete(); }
  bool done() { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }

  std::promise<void> completed;
  std::future<void> future = completed.get_future();
};

class ExecutorTest : public testing::Test {
 protected:
  SystemClock system_;
  FakeClock clock_;
  ExecutionOptions options_{
      .io_threads = 1, .compute_threads = 1, .queue_pictures_max = 4, .compute_pictures_max = 4};
  ComputePool pool_{options_, clock_};
  Executor executor_{0, options_, pool_, clock_};
  std::shared_ptr<predictor::Predictor> predictor_ = TestPredictor(system_);
};

TEST_F(ExecutorTest, SmallJobsCompleteAtTheEndOfTheTurn) {
  predictor_->set_run_cost(milliseconds(0));
  TestJob a(predictor_, clock_), b(predictor_, clock_);
  EXPECT_FALSE(executor_.Submit(a));
  EXPECT_FALSE(executor_.Submit(b));
  EXPECT_EQ(executor_.depth(), 2u);
  EXPECT_FALSE(a.done());
  EXPECT_FALSE(executor_.Flush());
  EXPECT_TRUE(a.done());
  EXPECT_TRUE(b.done());
  EXPECT_EQ(a.storage[0].prediction.label, 9);
  EXPECT_EQ(executor_.depth(), 0u);
}

TEST_F(ExecutorTest, AFullQueueRefusesAtOnce) {
  predictor_->set_run_cost(milliseconds(0));
  TestJob a(predictor_, clock_, 3), b(predictor_, clock_, 2);
  EXPECT_FALSE(executor_.Submit(a));
  const auto refused = executor_.Submit(b);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Code::kResourceExhausted);
  EXPECT_EQ(refused->message, "overloaded: 3 pictures wait; the limit is 4");
  executor_.Flush();
}

TEST_F(ExecutorTest, AJobThatWaitedTooLongIsNotRun) {
  predictor_->set_run_cost(milliseconds(0));
  TestJob late(predictor_, clock_);
  EXPECT_FALSE(executor_.Submit(late));
  clock_.Advance(milliseconds(101));
  executor_.Flush();
  ASSERT_TRUE(late.storage[0].error);
  EXPECT_EQ(late.storage[0].error->code, Code::kDeadlineExceeded);
}

TEST_F(ExecutorTest, HeavyJobsGoToTheComputePool) {
  predictor_->set_run_cost(milliseconds(5));
  TestJob heavy(predictor_, clock_);
  EXPECT_FALSE(executor_.Submit(heavy));
  EXPECT_EQ(executor_.depth(), 0u);
  heavy.future.wait();
  EXPECT_EQ(heavy.storage[0].prediction.label, 9);
}

TEST_F(ExecutorTest, PicturesOfSeveralPredictorsInOneTurnAreKeptApart) {
  predictor_->set_run_cost(milliseconds(0));
  auto other = TestPredictor(system_, "other");
  other->set_run_cost(milliseconds(0));
  TestJob a(predictor_, clock_), b(other, clock_);
  EXPECT_FALSE(executor_.Submit(a));
  EXPECT_FALSE(executor_.Submit(b));
  executor_.Flush();
  EXPECT_EQ(a.storage[0].prediction.label, 9);
  EXPECT_EQ(b.storage[0].prediction.label, 9);
}

TEST(EstimateDecode, GrowsWithThePictureAndIsNothingForWhatIsNone) {
  const std::string pgm = "P5 1000 1000 255\n";
  const image::Bytes bytes(reinterpret_cast<const std::uint8_t*>(pgm.data()), pgm.size());
  EXPECT_EQ(EstimateDecode(bytes, {}), milliseconds(15));
  EXPECT_EQ(EstimateDecode(bytes.first(1), {}), milliseconds(0));
}

}  // namespace
}  // namespace credence::serving
