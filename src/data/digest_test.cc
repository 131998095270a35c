#include "data/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/test_files.h"

namespace credence::data {
namespace {

// FIPS 180-4's example.
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, OfAPackedFileIsThatOfItsContentToo) {
  const TestFolder folder;
  folder.Write("plain", "abc");
  const Result<FileDigests> plain = DigestFile(folder / "plain");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->file, kAbc);
  EXPECT_EQ(plain->content, kAbc);
  EXPECT_EQ(plain->content_bytes, 3u);
  // printf abc | gzip -9n
  folder.Write("packed",
               std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x4a\x06\x00\xc2"
                           "\x41\x24\x35\x03\x00\x00\x00",
                           23));
  const Result<FileDigests> packed = DigestFile(folder / "packed");
  ASSERT_TRUE(packed) << packed.error().message;
  EXPECT_EQ(packed->content, kAbc);
  EXPECT_NE(packed->file, kAbc);
}

TEST(Digest, OfADataSetDoesNotDependOnHowItIsStored) {
  const TestFolder folder;
  folder.WriteIdx("a-images.idx3", {2, 1, 2}, {1, 2, 3, 4});
  folder.WriteIdx("a-labels.idx1", {2}, {0, 1});
  folder.WriteIdx("b-images.idx3.gz", {2, 1, 2}, {1, 2, 3, 4});
  folder.WriteIdx("b-labels.idx1.gz", {2}, {0, 1});
  folder.WriteIdx("c-images.idx3", {2, 1, 2}, {1, 2, 3, 4});
  folder.WriteIdx("c-labels.idx1", {2}, {1, 0});
  const auto digest = [&](const char* split) {
    const Result<Dataset> dataset = Open(folder.path(), {.split = split});
    return *DigestOf(*dataset);
  };
  EXPECT_EQ(digest("a"), digest("b"));
  EXPECT_NE(digest("a"), digest("c"));
}

TEST(Digest, OfADataSetDoesNotDependOnTheClassesThatAreGiven) {
  const TestFolder folder;
  folder.WriteIdx("images.idx3", {2, 1, 2}, {1, 2, 3, 4});
  folder.WriteIdx("labels.idx1", {2}, {1, 2});
  const std::string digest = *DigestOf(*Open(folder.path(), {}));
  EXPECT_EQ(*DigestOf(*Open(folder.path(), {.first_label = 1})), digest);

  folder.Write("list.csv", "file,label\na,cat\nb,dog\n");
  folder.Write("a", "a");
  folder.Write("b", "b");
  OpenOptions options;
  options.decode = [](image::Bytes file, image::Decoded& out) {
    out.pixels = {1, 1, 1, {file.begin(), file.end()}};
    return Result<void>();
  };
  const std::string own = *DigestOf(*Open(folder / "list.csv", options));
  options.classes = {"dog", "cow", "cat"};
  EXPECT_EQ(*DigestOf(*Open(folder / "list.csv", options)), own);
}

}  // namespace
}  // namespace credence::data
