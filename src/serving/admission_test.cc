#include "serving/admission.h"

#include <gtest/gtest.h>

namespace credence::serving {
namespace {

using std::chrono::milliseconds;

TEST(Admission, DecidesByPlaceAndByTime) {
  struct Case {
    std::size_t waiting, limit;
    milliseconds work;
    std::size_t pictures;
    milliseconds deadline;
    Refusal expected;
  };
  const Case cases[] = {
      {0, 10, milliseconds(0), 1, milliseconds(100), Refusal::kNone},
      {9, 10, milliseconds(0), 1, milliseconds(100), Refusal::kNone},
      {10, 10, milliseconds(0), 1, milliseconds(100), Refusal::kQueueFull},
      {5, 10, milliseconds(0), 6, milliseconds(100), Refusal::kQueueFull},
      {5, 10, milliseconds(90), 1, milliseconds(100), Refusal::kNone},
      {5, 10, milliseconds(91), 1, milliseconds(100), Refusal::kDeadline},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Admit({.pictures = c.waiting, .pictures_max = c.limit, .work = c.work},
                    {.pictures = c.pictures, .deadline = c.deadline}),
              c.expected)
        << c.waiting << " waiting, " << c.pictures << " more";
  }
}

TEST(Admission, AnArrivalWaitsUntilTheThreadsHaveTakenWhatWaits) {
  struct Case {
    const char* what;
    milliseconds work;  // that waits
    int threads;
    std::vector<std::chrono::nanoseconds> running;
    milliseconds wait;
  };
  const Case cases[] = {
      {"nothing to do", milliseconds(0), 2, {}, milliseconds(0)},
      {"a thread is free", milliseconds(0), 2, {milliseconds(5000)}, milliseconds(0)},
      {"none is free: the first that will be",
       milliseconds(0),
       2,
       {milliseconds(5000), milliseconds(30)},
       milliseconds(30)},
      {"64 clients of a 5 ms model", milliseconds(62 * 5), 1, {milliseconds(5)}, milliseconds(315)},
      {"8 clients with 12-megapixel JPEGs",
       milliseconds(6 * 40),
       1,
       {milliseconds(20)},
       milliseconds(260)},
      {"shared alike",
       milliseconds(300),
       2,
       {milliseconds(50), milliseconds(50)},
       milliseconds(200)},
      {"a long one holds one thread only",
       milliseconds(300),
       2,
       {milliseconds(5000), milliseconds(50)},
       milliseconds(350)},
      {"the longer one is free in time to help",
       milliseconds(300),
       2,
       {milliseconds(150), milliseconds(50)},
       milliseconds(250)},
      {"what takes longer than estimated is about done",
       milliseconds(40),
       2,
       {milliseconds(0), milliseconds(0)},
       milliseconds(20)},
      {"four threads, two idle",
       milliseconds(100),
       4,
       {milliseconds(20), milliseconds(1000)},
       milliseconds(40)},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(EstimateWait({.work = c.work, .threads = c.threads, .running = c.running}), c.wait)
        << c.what;
  }
}

TEST(Admission, ATenthOfTheDeadlineIsKeptForWhatTheEstimateDoesNotKnow) {
  const QueueState queue = {.pictures = 3, .pictures_max = 64, .work = milliseconds(90)};
  EXPECT_EQ(Admit(queue, {.deadline = milliseconds(100)}), Refusal::kNone);
  EXPECT_EQ(Admit(queue, {.deadline = milliseconds(99)}), Refusal::kDeadline);
}

TEST(Admission, IdleThreadsTakeWhateverComes) {
  EXPECT_EQ(Admit({.pictures_max = 4}, {.deadline = milliseconds(0)}), Refusal::kNone);
}

TEST(Admission, AnEmptyQueueTakesWhatIsLargerThanIt) {
  EXPECT_EQ(Admit({.pictures_max = 4}, {.pictures = 64, .deadline = milliseconds(1)}),
            Refusal::kNone);
}

TEST(Admission, TheErrorNamesLimitAndValue) {
  const QueueState full = {.pictures = 64, .pictures_max = 64, .work = milliseconds(1500)};
  EXPECT_EQ(RefusalError(Refusal::kQueueFull, full, {}).message,
            "overloaded: 64 pictures wait; the limit is 64");
  EXPECT_EQ(RefusalError(Refusal::kDeadline, full, {.deadline = milliseconds(1000)}).message,
            "overloaded: about 1500 ms of work waits; the deadline is 1000 ms");
}

}  // namespace
}  // namespace credence::serving
