#include "base/control_group.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace credence {
namespace {

namespace fs = std::filesystem;

class ControlGroupTest : public testing::Test {
 protected:
  ControlGroupTest() {
    folder_ =
        fs::path(testing::TempDir()) /
        ("groups-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    files_ = {.of_process = folder_ / "cgroup", .mount = folder_ / "mount"};
  }
  ~ControlGroupTest() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }

  fs::path folder_;
  ControlGroupFiles files_;
};

TEST_F(ControlGroupTest, WithoutFilesThereIsNoLimit) {
  EXPECT_EQ(ControlGroupMemory(files_), UINT64_MAX);
  EXPECT_EQ(ControlGroupProcessors(files_), 0);
}

TEST_F(ControlGroupTest, Version2TakesTheLeastOfTheGroupAndThoseAbove) {
  Write("cgroup", "0::/slice/service");
  Write("mount/slice/service/memory.max", "max");
  Write("mount/slice/memory.max", "536870912");
  Write("mount/memory.max", "1073741824");
  Write("mount/slice/service/cpu.max", "400000 100000");
  Write("mount/slice/cpu.max", "150000 100000");
  EXPECT_EQ(ControlGroupMemory(files_), 536870912u);
  EXPECT_EQ(ControlGroupProcessors(files_), 2);
}

TEST_F(ControlGroupTest, Version1HasAFolderForEachController) {
  Write("cgroup", "12:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n0::/");
  Write("mount/memory/docker/x/memory.limit_in_bytes", "268435456");
  Write("mount/memory/memory.limit_in_bytes", "9223372036854771712");
  Write("mount/cpu/docker/x/cpu.cfs_quota_us", "25000");
  Write("mount/cpu/docker/x/cpu.cfs_period_us", "100000");
  Write("mount/cpu/cpu.cfs_quota_us", "-1");
  Write("mount/cpu/cpu.cfs_period_us", "100000");
  EXPECT_EQ(ControlGroupMemory(files_), 268435456u);
  EXPECT_EQ(ControlGroupProcessors(files_), 1);
}

TEST_F(ControlGroupTest, AContainerSeesItsGroupAsTheRoot) {
  Write("cgroup", "4:memory:/docker/x\n0::/docker/x");
  Write("mount/memory/memory.limit_in_bytes", "268435456");
  Write("mount/cpu.max", "100000 100000");
  EXPECT_EQ(ControlGroupMemory(files_), 268435456u);
  EXPECT_EQ(ControlGroupProcessors(files_), 1);
}

TEST_F(ControlGroupTest, WhatIsNoNumberIsNoLimit) {
  for (const char* text : {"", "max", "0", "-1", "12x", "9223372036854771712", "1e9"}) {
    Write("mount/memory.max", text);
    EXPECT_EQ(ControlGroupMemory(files_), UINT64_MAX) << text;
  }
  for (const char* text :
       {"", " ", "max 100000", "100000", "0 100000", "-1 100000", "1 0", "x y"}) {
    Write("mount/cpu.max", text);
    EXPECT_EQ(ControlGroupProcessors(files_), 0) << text;
  }
}

}  // namespace
}  // namespace credence
