#include "data/fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "data/digest.h"
#include "data/test_files.h"
#include "data/test_server.h"

namespace credence::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// sha256sum of "hello world" and "other".
constexpr std::array<CatalogFile, 2> kFiles = {{
    {"a.gz", 11, "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9", ""},
    {"b.gz", 5, "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa", ""},
}};
constexpr std::array<std::string_view, 2> kClasses = {"x", "y"};
const CatalogSet kSet = {"test", {}, kFiles, kClasses};

TestServer::File File(const char* body) { return {.body = body}; }

TEST(Fetch, DownloadsWhatIsMissingAndReportsProgress) {
  TestServer server({{"/set/a.gz", File("hello world")}, {"/set/b.gz", File("other")}});
  const TestFolder folder;
  std::uint64_t done = 0;
  FetchOptions options;
  options.url = server.url() + "/set";
  options.progress = [&](const FetchProgress& progress) {
    if (progress.file == "a.gz") done = std::max(done, progress.done_bytes);
    return true;
  };
  const auto reports = Fetch(kSet, folder / "new", options);
  ASSERT_TRUE(reports) << reports.error().message;
  EXPECT_EQ((*reports)[0].state, FileState::kFetched);
  EXPECT_EQ((*reports)[0].detail, server.url() + "/set/a.gz");
  EXPECT_EQ(folder.Read("new/a.gz"), "hello world");
  EXPECT_EQ(folder.Read("new/b.gz"), "other");
  EXPECT_EQ(folder.Read("new/classes.txt"), "x\ny\n");
  EXPECT_EQ(done, 11u);

  const auto again = Fetch(kSet, folder / "new", options);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)[0].state, FileState::kPresent);
  EXPECT_THAT(server.requests(), ElementsAre("/set/a.gz", "/set/b.gz"));
}

TEST(Fetch, GoesOnWhereATransferBrokeOff) {
  TestServer server(
      {{"/a.gz", {.body = "hello world", .cut_first_at = 4}}, {"/b.gz", File("other")}});
  const TestFolder folder;
  const auto reports = Fetch(kSet, folder.path(), {.url = server.url()});
  ASSERT_TRUE(reports) << reports.error().message;
  EXPECT_EQ(folder.Read("a.gz"), "hello world");
  EXPECT_THAT(server.requests(), ElementsAre("/a.gz", "/a.gz from 4", "/b.gz"));
}

TEST(Fetch, GoesOnWithWhatAnEarlierCallLeft) {
  TestServer server({{"/a.gz", File("hello world")}, {"/b.gz", File("other")}});
  const TestFolder folder;
  folder.Write("a.gz.part", "hello ");
  folder.Write("b.gz.part", "other");
  ASSERT_TRUE(Fetch(kSet, folder.path(), {.url = server.url()}));
  EXPECT_EQ(folder.Read("a.gz"), "hello world");
  EXPECT_THAT(server.requests(), ElementsAre("/a.gz from 6"));
}

TEST(Fetch, BeginsAnewWhereTheServerCannotResume) {
  TestServer server(
      {{"/a.gz", {.body = "hello world", .ranges = false}}, {"/b.gz", File("other")}});
  const TestFolder folder;
  folder.Write("a.gz.part", "hello ");
  ASSERT_TRUE(Fetch(kSet, folder.path(), {.url = server.url()}));
  EXPECT_EQ(folder.Read("a.gz"), "hello world");
}

TEST(Fetch, RefusesAWrongChecksumAndLeavesNothing) {
  TestServer server({{"/a.gz", File("hello_world")}});
  const TestFolder folder;
  const auto reports = Fetch(kSet, folder.path(), {.url = server.url()});
  ASSERT_FALSE(reports);
  EXPECT_EQ(reports.error().code, Code::kDataLoss);
  EXPECT_THAT(reports.error().message, HasSubstr("expected b94d27b9934d3e08"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Fetch, RefusesMoreBytesThanPublished) {
  TestServer server({{"/a.gz", File("hello world, and more")}});
  const TestFolder folder;
  const auto reports = Fetch(kSet, folder.path(), {.url = server.url()});
  ASSERT_FALSE(reports);
  EXPECT_THAT(reports.error().message, HasSubstr("more than the 11 bytes expected"));
}

TEST(Fetch, NamesTheUrlAndTheReason) {
  TestServer server({});
  const TestFolder folder;
  const auto reports = Fetch(kSet, folder.path(), {.url = server.url(), .attempts = 1});
  ASSERT_FALSE(reports);
  EXPECT_EQ(reports.error().code, Code::kUnavailable);
  EXPECT_THAT(reports.error().message, HasSubstr("a.gz: " + server.url() + "/a.gz: "));
  EXPECT_THAT(reports.error().message, HasSubstr("404"));
  EXPECT_EQ(Fetch(kSet, folder.path(), {.url = "ftp://x"}).error().code, Code::kInvalidArgument);
}

TEST(Fetch, TriesTheNextMirrorAndTakesNoneWithoutTls) {
  TestServer server({{"/a.gz", File("hello world")}});
  const std::string plain = server.url() + "/";
  const std::array<std::string_view, 2> mirrors = {plain, plain};
  const TestFolder folder;
  const auto reports = Fetch({"test", mirrors, kFiles, {}}, folder.path(), {.attempts = 1});
  ASSERT_FALSE(reports);
  EXPECT_THAT(reports.error().message, HasSubstr("; " + plain));  // both were tried
  EXPECT_TRUE(server.requests().empty());
}

TEST(Fetch, StopsWhenToldTo) {
  TestServer server({{"/a.gz", File("hello world")}});
  const TestFolder folder;
  FetchOptions options{.url = server.url()};
  options.progress = [](const FetchProgress&) { return false; };
  const auto reports = Fetch(kSet, folder.path(), options);
  ASSERT_FALSE(reports);
  EXPECT_THAT(reports.error().message, HasSubstr("stopped after"));
}

TEST(Verify, TellsPresentMissingAndWrong) {
  const TestFolder folder;
  folder.Write("a.gz", "hello world");
  std::vector<FileReport> reports = Verify(kSet, folder.path());
  EXPECT_EQ(reports[0].state, FileState::kPresent);
  EXPECT_EQ(reports[1].state, FileState::kMissing);
  folder.Write("b.gz", "wrong");
  reports = Verify(kSet, folder.path());
  EXPECT_EQ(reports[1].state, FileState::kWrong);
  EXPECT_THAT(reports[1].detail, HasSubstr("expected d9298a10"));
}

TEST(Catalog, HasMnistAndFashion) {
  EXPECT_EQ(CatalogNames(), "mnist, fashion-mnist");
  EXPECT_EQ(FindCatalogSet("cifar"), nullptr);
  for (const char* const name : {"mnist", "fashion-mnist"}) {
    for (const CatalogFile& file : FindCatalogSet(name)->files) {
      EXPECT_EQ(file.sha256.size(), 64u);
      EXPECT_TRUE(file.content_sha256.empty() || file.content_sha256.size() == 64);
    }
  }
}

// Needs the MNIST files, which are not part of the project; packed again, so only the content fits.
TEST(Verify, KnowsMnistHoweverItIsPacked) {
  const char* const shared = std::getenv("CREDENCE_SHARED");
  const std::filesystem::path mnist =
      std::filesystem::path(shared != nullptr ? shared : "../shared") / "data/mnist";
  if (!std::filesystem::exists(mnist)) GTEST_SKIP() << "no " << mnist << "; set CREDENCE_SHARED";
  for (const FileReport& report : Verify(*FindCatalogSet("mnist"), mnist)) {
    EXPECT_EQ(report.state, FileState::kPresent) << report.detail;
  }
}

}  // namespace
}  // namespace credence::data
