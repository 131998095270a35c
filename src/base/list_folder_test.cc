#include "base/list_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <new>
#include <string>
#include <vector>

#include "base/test_folder.h"

namespace credence {
namespace {

using testing::UnorderedElementsAre;

TEST(ForEachName, NamesWhatTheFolderHolds) {
  const TestFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  std::ofstream(folder.path() / ".hidden") << "x";
  std::filesystem::create_directory(folder.path() / "folder");
  std::vector<std::string> names;
  const auto add = [&names](const char* name) {
    names.emplace_back(name);
    return true;
  };
  EXPECT_FALSE(ForEachName(folder.path(), add));
  EXPECT_THAT(names, UnorderedElementsAre("file", ".hidden", "folder"));
}

TEST(ForEachName, EndsWhenItIsTold) {
  const TestFolder folder;
  for (const char* name : {"a", "b", "c"}) std::ofstream(folder.path() / name) << "x";
  int seen = 0;
  EXPECT_FALSE(ForEachName(folder.path(), [&seen](const char*) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

TEST(ForEachName, SaysWhyItCannotRead) {
  const TestFolder folder;
  const auto all = [](const char*) { return true; };
  EXPECT_EQ(ForEachName(folder.path() / "absent", all), std::errc::no_such_file_or_directory);
  std::ofstream(folder.path() / "file") << "x";
  EXPECT_EQ(ForEachName(folder.path() / "file", all), std::errc::not_a_directory);
}

TEST(ForEachName, AWantOfMemoryIsTheCallers) {
  const TestFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const auto fail = [](const char*) -> bool { throw std::bad_alloc(); };
  EXPECT_THROW(static_cast<void>(ForEachName(folder.path(), fail)), std::bad_alloc);
}

}  // namespace
}  // namespace credence
