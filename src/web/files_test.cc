#include "web/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace credence::web {
namespace {

namespace fs = std::filesystem;

const fs::path kStatic = "src/web/static";

std::string Text(const File& file) { return {file.bytes.begin(), file.bytes.end()}; }

TEST(Files, AreThoseOfTheFolderByteForByte) {
  std::set<std::string> names;
  for (const File& file : Files()) {
    names.emplace(file.name);
    std::ifstream on_disk(kStatic / file.name, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(on_disk), {}};
    EXPECT_EQ(Text(file), text) << file.name;
  }
  std::set<std::string> there;
  for (const auto& entry : fs::directory_iterator(kStatic)) {
    there.insert(entry.path().filename().string());
  }
  EXPECT_EQ(names, there);
}

TEST(Files, WeighLessThanTheLimit) {
  std::size_t bytes = 0;
  for (const File& file : Files()) bytes += file.bytes.size();
  EXPECT_LT(bytes, kBytesMax);
}

TEST(Files, NameNoOtherOrigin) {
  constexpr std::string_view kMark = "://";
  constexpr std::string_view kVocabulary = "://www.w3.org/2000/svg";  // nobody asks for it
  for (const File& file : Files()) {
    if (file.name.ends_with(".jpg")) continue;
    const std::string text = Text(file);
    for (std::size_t at = text.find(kMark); at != text.npos; at = text.find(kMark, at + 1)) {
      EXPECT_EQ(text.substr(at, kVocabulary.size()), kVocabulary) << file.name;
    }
  }
}

// The Content-Security-Policy would not run it.
TEST(Files, PagesHaveNoScriptOrStyleInThem) {
  for (const File& file : Files()) {
    if (!file.name.ends_with(".html")) continue;
    std::string text = Text(file);
    for (const char* none : {"<style", " style=", " onclick=", " onload=", "javascript:"}) {
      EXPECT_THAT(text, testing::Not(testing::HasSubstr(none))) << file.name;
    }
    std::size_t scripts = 0;
    for (std::size_t at = text.find("<script"); at != text.npos;
         at = text.find("<script", at + 1)) {
      const std::size_t end = text.find('>', at);
      EXPECT_EQ(text.substr(end, 10), "></script>") << file.name;
      ++scripts;
    }
    EXPECT_EQ(scripts, file.name == "report.html" ? 0U : 1U) << file.name;
  }
}

}  // namespace
}  // namespace credence::web
