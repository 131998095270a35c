#include "security/watched_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/test_folder.h"

namespace credence::security {
namespace {

namespace fs = std::filesystem;

TEST(WatchedFiles, NoticesAFileThatIsReplacedOnce) {
  const TestFolder folder;
  const fs::path path = folder.Write("a", "1");
  WatchedFiles files({path, ""});
  EXPECT_FALSE(files.Changed());
  fs::rename(folder.Write("b", "2"), path);
  EXPECT_TRUE(files.Changed());
  EXPECT_FALSE(files.Changed());
}

TEST(WatchedFiles, NoticesOneThatComesAndGoes) {
  const TestFolder folder;
  WatchedFiles files({folder / "a"});
  const fs::path path = folder.Write("a", "1");
  EXPECT_TRUE(files.Changed());
  fs::remove(path);
  EXPECT_TRUE(files.Changed());
  EXPECT_FALSE(files.Changed());
}

TEST(WatchedFiles, NoticesALinkThatLeadsElsewhere) {
  const TestFolder folder;
  const fs::path link = folder / "link";
  fs::create_symlink(folder.Write("a", "1"), link);
  WatchedFiles files({link});
  fs::remove(link);
  fs::create_symlink(folder.Write("b", "1"), link);
  EXPECT_TRUE(files.Changed());
}

}  // namespace
}  // namespace credence::security
