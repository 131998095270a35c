#include "serving/version_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace credence::serving {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using State = VersionState;

constexpr SteadyTime kNow{100s};
constexpr auto kSettle = 500ms;

std::vector<FileStamp> Files(std::int64_t modified_ns) {
  return {{"saved_model.pb", 1000, modified_ns}};
}

// One that has been on disk for long, in each of its lives.
KnownVersion Fresh(std::int64_t version) {
  KnownVersion one;
  one.version = version;
  one.files = Files(1);
  one.unchanged_since = kNow - 10s;
  return one;
}
KnownVersion Available(std::int64_t version) {
  KnownVersion one = Fresh(version);
  one.state = State::kAvailable;
  one.tried = one.files;
  return one;
}
KnownVersion Refused(std::int64_t version) {
  KnownVersion one = Fresh(version);
  one.state = State::kEnd;
  one.tried = one.files;
  one.error = "its checksum is wrong";
  return one;
}
KnownVersion Unloaded(std::int64_t version) {
  KnownVersion one = Refused(version);
  one.error.clear();
  return one;
}
KnownVersion Deleted(KnownVersion one) {
  one.on_disk = false;
  return one;
}
// Its files became others, long ago or just now.
KnownVersion Changed(KnownVersion one, std::chrono::nanoseconds ago = 10s) {
  one.files = Files(2);
  one.unchanged_since = kNow - ago;
  return one;
}
KnownVersion Copying(std::int64_t version) {
  KnownVersion one = Fresh(version);
  one.unchanged_since = kNow - 100ms;
  return one;
}
KnownVersion Held(KnownVersion one) {
  one.held = true;
  return one;
}
KnownVersion Forced(KnownVersion one) {
  one.forced = true;
  return one;
}
KnownVersion Again(KnownVersion one) {
  one.again = true;
  return one;
}
KnownVersion In(State state, std::int64_t version) {
  KnownVersion one = Available(version);
  one.state = state;
  return one;
}

std::string Text(const Action& action) {
  const std::string version = std::to_string(action.version);
  switch (action.kind) {
    case Action::Kind::kNothing:
      return "nothing";
    case Action::Kind::kWait:
      return "wait " + std::to_string((action.until - kNow) / 1ms) + " ms for " + version;
    case Action::Kind::kLoad:
      return "load " + version;
    case Action::Kind::kUnload:
      return "unload " + version;
  }
  return "";
}

struct Case {
  const char* what;
  const char* policy;
  std::vector<KnownVersion> versions;  // highest first
  const char* action;
  Labels labels = {};  // where they point; their sources say the same
};

void Check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    VersionTable table{.name = "digits",
                       .folder = {},
                       .versions = one.versions,
                       .label_sources = {.file = one.labels, .flags = {}, .admin = {}},
                       .labels = {}};
    PointLabels(table);
    const auto policy = ParseVersionPolicy(one.policy);
    EXPECT_EQ(Text(NextAction(table, *policy, kNow, kSettle)), one.action) << one.what;
  }
}

TEST(NextAction, LoadsWhatThePolicyWants) {
  Check({
      {"nothing is there", "latest", {}, "nothing"},
      {"the highest", "latest", {Fresh(3), Fresh(2)}, "load 3"},
      {"the next", "latest:2", {Available(3), Fresh(2), Fresh(1)}, "load 2"},
      {"that is enough", "latest:2", {Available(3), Available(2), Fresh(1)}, "nothing"},
      {"all", "all", {Available(3), Available(2), Fresh(1)}, "load 1"},
      {"those named", "3,1", {Fresh(4), Available(3), Fresh(2), Fresh(1)}, "load 1"},
      {"none of those named is there", "7", {Fresh(4)}, "nothing"},
      {"one that was unloaded is wanted again", "latest", {Unloaded(3)}, "load 3"},
  });
}

TEST(NextAction, LoadsOnlyWhatIsComplete) {
  Check({
      {"it is being copied", "latest", {Copying(3)}, "wait 400 ms for 3"},
      {"and the old one serves on", "latest", {Copying(3), Available(2)}, "wait 400 ms for 3"},
      {"what is complete does not wait for it", "all", {Copying(3), Fresh(2)}, "load 2"},
      {"unloading does", "latest:2", {Copying(4), Available(3), Available(2)}, "wait 400 ms for 4"},
      {"nobody waits for what is not wanted", "latest", {Available(3), Copying(2)}, "nothing"},
  });
}

TEST(NextAction, LoadsTheNewOneBeforeTheOldOneGoes) {
  Check({
      {"first the load", "latest", {Fresh(4), Available(3)}, "load 4"},
      {"then the unload", "latest", {Available(4), Available(3)}, "unload 3"},
      {"the lowest first", "latest", {Available(4), Available(3), Available(2)}, "unload 2"},
      {"while one loads nothing else happens",
       "all",
       {In(State::kLoading, 4), Fresh(3)},
       "nothing"},
      {"one that is unloading delays nothing",
       "all",
       {Fresh(4), In(State::kUnloading, 3)},
       "load 4"},
      {"but its own return", "latest", {In(State::kUnloading, 3)}, "nothing"},
  });
}

TEST(NextAction, ABrokenVersionIsRefusedWhileTheOldOneServes) {
  Check({
      {"it is not tried twice", "latest", {Refused(4), Available(3)}, "nothing"},
      {"the next lower one takes its place", "latest", {Refused(4), Fresh(3)}, "load 3"},
      {"and so on", "latest", {Refused(4), Refused(3), Fresh(2)}, "load 2"},
      {"under latest:2 as well", "latest:2", {Available(5), Refused(4), Fresh(3)}, "load 3"},
      {"not under all", "all", {Refused(4), Available(3)}, "nothing"},
      {"its files changed", "latest", {Changed(Refused(4)), Available(3)}, "load 4"},
      {"they are changing",
       "latest",
       {Changed(Refused(4), 0ms), Available(3)},
       "wait 500 ms for 4"},
      {"an operator asks for another try", "latest", {Again(Refused(4)), Available(3)}, "load 4"},
  });
}

TEST(NextAction, AChangeInAServedVersionLoadsItAnew) {
  KnownVersion refused_change = Changed(Available(3));
  refused_change.tried = refused_change.files;
  refused_change.error = "golden input 1 differs";
  Check({
      {"changed", "latest", {Changed(Available(3))}, "load 3"},
      {"changing", "latest", {Changed(Available(3), 200ms)}, "wait 300 ms for 3"},
      {"what was refused is not tried twice; the old one serves on",
       "latest",
       {refused_change},
       "nothing"},
      {"and does not leave its place to a lower one",
       "latest",
       {refused_change, Fresh(2)},
       "nothing"},
      {"an operator asks for it", "latest", {Again(Available(3))}, "load 3"},
      {"what is on its way out is not loaded anew",
       "latest",
       {Available(4), Changed(Available(3))},
       "unload 3"},
  });
}

TEST(NextAction, TheLastThatServesIsNeverDropped) {
  Check({
      {"its files are gone", "latest", {Deleted(Available(3))}, "nothing"},
      {"all are gone", "all", {Deleted(Available(3)), Deleted(Available(2))}, "nothing"},
      {"all are gone, more than are wanted",
       "latest",
       {Deleted(Available(3)), Deleted(Available(2))},
       "nothing"},
      {"another is there: it loads first", "latest", {Deleted(Available(3)), Fresh(2)}, "load 2"},
      {"then the deleted one goes", "latest", {Deleted(Available(3)), Available(2)}, "unload 3"},
      {"the other is broken", "latest", {Deleted(Available(3)), Refused(2)}, "nothing"},
      {"a deleted one of several", "all", {Available(3), Deleted(Available(2))}, "unload 2"},
  });
}

TEST(NextAction, ALabelledVersionIsWantedToo) {
  Check({
      {"it stays", "latest", {Available(4), Available(3)}, "nothing", {{"stable", 3}}},
      {"the others go",
       "latest",
       {Available(4), Available(3), Available(2)},
       "unload 2",
       {{"stable", 3}}},
      {"it is loaded", "latest", {Available(4), Fresh(3)}, "load 3", {{"stable", 3}}},
      {"it stays without its files",
       "latest",
       {Available(4), Deleted(Available(3))},
       "nothing",
       {{"stable", 3}}},
  });
}

TEST(NextAction, AnOperatorsWordCounts) {
  Check({
      {"unloaded although it is the last", "latest", {Held(Available(3))}, "unload 3"},
      {"the next lower one comes first", "latest", {Held(Available(3)), Fresh(2)}, "load 2"},
      {"it does not come back", "latest", {Held(Unloaded(3)), Available(2)}, "nothing"},
      {"loaded besides the latest", "latest", {Available(4), Forced(Fresh(2))}, "load 2"},
      {"and kept", "latest", {Available(4), Forced(Available(2))}, "nothing"},
      {"until its files are deleted",
       "latest",
       {Available(4), Deleted(Forced(Available(2)))},
       "unload 2"},
  });
}

TEST(Observe, EntersForgetsAndNoticesChanges) {
  const LookTime time{.now = kNow, .wall = WallTime(1000s)};
  const auto files = [](std::int64_t modified, WallTime changed) {
    return VersionFiles{Files(modified), changed};
  };
  VersionTable table{.name = "digits"};
  const FoundPredictor both{
      "digits", {{2, "d/2", files(1, WallTime(999s))}, {1, "d/1", files(1, WallTime(10s))}}, "d"};
  Observe(&both, true, time, table);
  ASSERT_EQ(table.versions.size(), 2u);
  EXPECT_EQ(table.versions[0].unchanged_since, kNow);       // changed a second ago
  EXPECT_EQ(table.versions[1].unchanged_since, kNow - 2s);  // old enough

  table.versions[1].state = State::kAvailable;
  const FoundPredictor changed{"digits", {{1, "d/1", files(7, WallTime(1001s))}}, "d"};
  Observe(&changed, true, {.now = kNow + 1s, .wall = WallTime(1001s)}, table);
  ASSERT_EQ(table.versions.size(), 1u);  // 2 was not loaded and is gone
  EXPECT_EQ(table.versions[0].unchanged_since, kNow + 1s);
  Observe(&changed, true, {.now = kNow + 2s, .wall = WallTime(1002s)}, table);
  EXPECT_EQ(table.versions[0].unchanged_since, kNow + 1s);

  Observe(nullptr, true, {.now = kNow + 3s, .wall = WallTime(1003s)}, table);
  ASSERT_EQ(table.versions.size(), 1u);
  EXPECT_FALSE(table.versions[0].on_disk);
}

TEST(Observe, WhatALookCouldNotReadIsAsItWas) {
  const LookTime time{.now = kNow, .wall = WallTime(1000s)};
  VersionTable table{.name = "digits"};
  const VersionFiles files{.stamps = Files(1), .changed = WallTime(10s)};
  const FoundPredictor both{"digits", {{2, "d/2", files}, {1, "d/1", files}}, "d"};
  Observe(&both, true, time, table);
  const VersionTable before = table;
  Observe(nullptr, false, time, table);
  EXPECT_EQ(table, before);
  const FoundPredictor one{
      "digits", {{1, "d/1", {.stamps = {}, .changed = WallTime(10s), .whole = false}}}, "d"};
  Observe(&one, false, time, table);
  EXPECT_EQ(table, before);
  Observe(&one, true, time, table);
  ASSERT_EQ(table.versions.size(), 1u);  // 2 is gone; nothing new is known of 1
  EXPECT_EQ(table.versions[0], before.versions[1]);
}

TEST(PointLabels, WaitsUntilTheVersionIsAvailable) {
  VersionTable table{.name = "digits", .folder = {}, .versions = {Fresh(4), Available(3)}};
  table.label_sources.file = {{"stable", 3}};
  EXPECT_THAT(PointLabels(table), IsEmpty());
  EXPECT_EQ(table.labels.at("stable"), 3);

  table.label_sources.file = {{"stable", 4}};
  EXPECT_THAT(PointLabels(table), IsEmpty());
  EXPECT_EQ(table.labels.at("stable"), 3);
  table.versions[0] = Refused(4);
  EXPECT_THAT(PointLabels(table),
              ElementsAre("label stable of digits is to point to version 4, which was refused: its "
                          "checksum is wrong; it stays at version 3"));
  EXPECT_EQ(table.labels.at("stable"), 3);
  table.versions[0] = Available(4);
  EXPECT_THAT(PointLabels(table), IsEmpty());
  EXPECT_EQ(table.labels.at("stable"), 4);

  table.label_sources.file = {{"canary", 9}};
  EXPECT_THAT(PointLabels(table), ElementsAre(HasSubstr("version 9, which is not there")));
  EXPECT_THAT(table.labels, IsEmpty());
}

TEST(DefaultVersion, IsStableOrTheHighestThatThePolicyAllows) {
  VersionTable table{.name = "digits", .folder = {}, .versions = {Available(4), Available(3)}};
  EXPECT_EQ(DefaultVersion(table, *ParseVersionPolicy("latest")), 4);
  EXPECT_EQ(DefaultVersion(table, *ParseVersionPolicy("3")), 3);
  EXPECT_EQ(DefaultVersion(table, *ParseVersionPolicy("2")), std::nullopt);
  table.labels = {{"canary", 3}};
  EXPECT_EQ(DefaultVersion(table, *ParseVersionPolicy("latest")), 4);
  table.labels = {{"stable", 3}};
  EXPECT_EQ(DefaultVersion(table, *ParseVersionPolicy("latest")), 3);
}

TEST(VersionState, HasTensorFlowServingsNames) {
  EXPECT_EQ(StateName(State::kStart), "START");
  EXPECT_EQ(StateName(State::kLoading), "LOADING");
  EXPECT_EQ(StateName(State::kAvailable), "AVAILABLE");
  EXPECT_EQ(StateName(State::kUnloading), "UNLOADING");
  EXPECT_EQ(StateName(State::kEnd), "END");
}

}  // namespace
}  // namespace credence::serving
