#include "base/read_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_folder.h"

namespace credence {
namespace {

namespace fs = std::filesystem;

Code CodeOf(const fs::path& path) {
  const auto read = ReadFile(path, 100);
  return read ? Code::kInternal : read.error().code;
}

TEST(ReadFile, GivesAllBytes) {
  const TestFolder folder;
  folder.Write("a", std::string_view("a\0b", 3));
  EXPECT_EQ(*ReadTextFile(folder / "a", 3), std::string("a\0b", 3));
  EXPECT_EQ(*ReadFile(folder / "a", 3), (std::vector<std::uint8_t>{'a', 0, 'b'}));
  folder.Write("empty", "");
  EXPECT_EQ(*ReadTextFile(folder / "empty", 0), "");
}

TEST(ReadFile, SaysTheLimitAndTheSize) {
  const TestFolder folder;
  folder.Write("a", "abcd");
  const auto large = ReadFile(folder / "a", 3);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Code::kTooLarge);
  EXPECT_EQ(large.error().message, (folder / "a").string() + " has 4 bytes; the limit is 3");
}

TEST(ReadFile, AbsentIsOnlyWhatIsNotThere) {
  const TestFolder folder;
  folder.Write("a", "abcd");
  EXPECT_FALSE(ReadIfThere(folder / "b", 4)->has_value());
  EXPECT_FALSE(ReadIfThere(folder / "a" / "b", 4)->has_value());
  EXPECT_EQ((*ReadIfThere(folder / "a", 4))->size(), 4u);
  EXPECT_EQ(**ReadTextIfThere(folder / "a", 4), "abcd");
  fs::create_symlink("loop", folder / "loop");
  EXPECT_EQ(CodeOf(folder / "loop"), Code::kUnavailable);
  EXPECT_FALSE(ReadIfThere(folder / "loop", 4));
}

TEST(ReadFile, WhatIsNoRegularFileIsNotWaitedFor) {
  const TestFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(CodeOf(folder / "fifo"), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf("/dev/zero"), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(folder / "."), Code::kInvalidArgument);
  const auto refused = CheckRegularFile(folder / "fifo");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("is a FIFO, not a regular file"), std::string::npos);
}

TEST(ReadFile, FollowsLinks) {
  const TestFolder folder;
  folder.Write("a", "abcd");
  fs::create_symlink("a", folder / "link");
  EXPECT_EQ(*ReadTextFile(folder / "link", 4), "abcd");
}

}  // namespace
}  // namespace credence
