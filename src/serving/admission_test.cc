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
      {5, 10, milliseconds(100), 1, milliseconds(100), Refusal::kNone},
      {5, 10, milliseconds(101), 1, milliseconds(100), Refusal::kDeadline},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Admit({.pictures = c.waiting, .pictures_max = c.limit, .work = c.work},
                    {.pictures = c.pictures, .deadline = c.deadline}),
              c.expected)
        << c.waiting << " waiting, " << c.pictures << " more";
  }
}

TEST(Admission, WhatRunsIsNoReasonWhileAThreadIsFree) {
  const QueueState one_free = {
      .pictures_max = 64, .threads = 2, .busy = 1, .running = milliseconds(5000)};
  EXPECT_EQ(EstimateWait(one_free), milliseconds(0));
  EXPECT_EQ(Admit(one_free, {.deadline = milliseconds(100)}), Refusal::kNone);
}

TEST(Admission, OnBusyThreadsAnArrivalWaitsForItsTurn) {
  // 300 ms wait and 200 ms run on two threads, half of it done: (300 + 100) / 2.
  const QueueState busy = {.pictures = 3,
                           .pictures_max = 64,
                           .work = milliseconds(300),
                           .threads = 2,
                           .busy = 2,
                           .running = milliseconds(200)};
  EXPECT_EQ(EstimateWait(busy), milliseconds(200));
  EXPECT_EQ(Admit(busy, {.deadline = milliseconds(200)}), Refusal::kNone);
  EXPECT_EQ(Admit(busy, {.deadline = milliseconds(199)}), Refusal::kDeadline);
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
