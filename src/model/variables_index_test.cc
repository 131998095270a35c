#include "model/variables_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/test_folder.h"
#include "model/test_variables_index.h"

namespace credence::model {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

Result<VariablesIndex> Read(const std::string& bytes, const VariablesIndexOptions& options = {}) {
  return ReadVariablesIndex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                            options);
}

std::string FileBytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The tensors consist of 'x'.
std::string TwoShards() {
  return WriteVariablesIndex(2, {{"a", 0, 0, 100}, {"b", 1, 16, 64}, {"c", 0, 100, 28}});
}

TEST(VariablesIndex, SaysWhatEachShardMustHold) {
  const auto index = Read(TwoShards());
  ASSERT_TRUE(index) << index.error().message;
  EXPECT_THAT(index->ShardBytes(), ElementsAre(128, 80));
  EXPECT_EQ(index->tensors.size(), 3u);
}

// TensorFlow wrote these, and the length of a shard is where its last tensor ends.
TEST(VariablesIndex, ReadsWhatTensorFlowWrites) {
  for (const char* name : {"grey", "rgb_uint8", "dropout", "no_picture", "two_inputs"}) {
    const fs::path folder = fs::path("src/model/testdata") / name / "variables";
    const auto index = Read(FileBytes(folder / "variables.index"));
    ASSERT_TRUE(index) << name << ": " << index.error().message;
    EXPECT_THAT(index->ShardBytes(),
                ElementsAre(fs::file_size(folder / "variables.data-00000-of-00001")))
        << name;
  }
}

TEST(VariablesIndex, NoCutIsReadAndNoneCrashes) {
  const std::string whole = FileBytes("src/model/testdata/grey/variables/variables.index");
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const auto index = Read(whole.substr(0, bytes));
    ASSERT_FALSE(index) << bytes;
    EXPECT_EQ(index.error().code, Code::kDataLoss) << bytes;
  }
}

TEST(VariablesIndex, AFlippedBitOfTheEntriesIsFound) {
  const std::string whole = TwoShards();
  for (std::size_t at = 0; at < 60; ++at) {  // all of it within the tensors' blocks
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      EXPECT_FALSE(Read(damaged)) << "bit " << bit << " of byte " << at;
    }
  }
}

TEST(VariablesIndex, AFlippedByteCrashesNothingWithoutChecksumsEither) {
  const std::string whole = FileBytes("src/model/testdata/grey/variables/variables.index");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      const auto index = Read(damaged, {.verify_checksums = false});
      EXPECT_TRUE(!index || index->shards <= 100'000u);
    }
  }
}

TEST(VariablesIndex, ImpossiblePlacesAreNamed) {
  EXPECT_THAT(Read(WriteVariablesIndex(1, {{"w", 3, 0, 4}})).error().message,
              HasSubstr("\"w\" lies in shard 3 of 1"));
  EXPECT_THAT(Read(WriteVariablesIndex(1, {{"w", 0, INT64_MAX, 4}})).error().message,
              HasSubstr("no possible place"));
  EXPECT_THAT(Read(WriteVariablesIndex(0, {})).error().message, HasSubstr("names no shard"));
  EXPECT_EQ(Read(WriteVariablesIndex(100'001, {})).error().code, Code::kTooLarge);
}

TEST(VariablesIndex, TensorsThatOverlapAreRefused) {
  EXPECT_THAT(Read(WriteVariablesIndex(1, {{"a", 0, 0, 10}, {"b", 0, 9, 4}})).error().message,
              HasSubstr("two tensors lie at byte 9 of shard 0"));
}

TEST(VariablesIndex, ACompressedBlockIsNotRead) {
  std::string file;
  std::string footer = AppendBlock({}, file);
  footer += AppendBlock({}, file, 1);
  footer.resize(40, '\0');
  AppendFixed(0xdb4775248b80fb57, 8, footer);
  EXPECT_EQ(Read(file + footer).error().code, Code::kUnimplemented);
}

TEST(VariablesIndex, ABlockThatIsListedTwiceIsRefused) {
  std::string file;
  const std::string block = AppendBlock({{"", "\x08\x01"}}, file);
  std::string footer = AppendBlock({}, file);
  footer += AppendBlock({{"a", block}, {"b", block}}, file);
  footer.resize(40, '\0');
  AppendFixed(0xdb4775248b80fb57, 8, footer);
  EXPECT_THAT(Read(file + footer).error().message, HasSubstr("out of order"));
}

class Variables : public testing::Test {
 protected:
  Variables() {
    folder_.Write("variables/variables.index", TwoShards());
    folder_.Write("variables/variables.data-00000-of-00002", std::string(128, 'x'));
    folder_.Write("variables/variables.data-00001-of-00002", std::string(81, 'x'));
  }
  TestFolder folder_;
};

TEST_F(Variables, AreWholeWhenEachShardIsLongEnough) {
  const auto checked = CheckVariables(folder_.path());
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST_F(Variables, AShardThatIsShortOrMissingIsNamed) {
  folder_.Write("variables/variables.data-00000-of-00002", std::string(127, 'x'));
  const auto cut = CheckVariables(folder_.path());
  EXPECT_EQ(cut.error().code, Code::kDataLoss);
  EXPECT_THAT(cut.error().message,
              HasSubstr("variables.data-00000-of-00002 has 127 bytes; its tensors need 128"));
  fs::remove(folder_ / "variables/variables.data-00000-of-00002");
  EXPECT_THAT(CheckVariables(folder_.path()).error().message,
              HasSubstr("variables.data-00000-of-00002 is missing"));
}

TEST_F(Variables, ADamagedTensorIsNamedByItsPlace) {
  std::string shard(128, 'x');
  shard[101] = 'y';
  folder_.Write("variables/variables.data-00000-of-00002", shard);
  EXPECT_THAT(CheckVariables(folder_.path()).error().message,
              HasSubstr("variables.data-00000-of-00002 is damaged: the checksum of the 28 bytes at "
                        "100 is wrong"));
}

TEST_F(Variables, HaveTheChecksumsThatTensorFlowWrites) {
  for (const char* name : {"grey", "rgb_uint8", "dropout", "no_picture", "two_inputs"}) {
    const auto checked = CheckVariables(fs::path("src/model/testdata") / name);
    EXPECT_TRUE(checked) << checked.error().message;
  }
}

TEST_F(Variables, NoIndexMeansNoVariables) { EXPECT_TRUE(CheckVariables("predictors/digits/1")); }

TEST_F(Variables, ADamagedIndexIsRefusedWithItsPlace) {
  folder_.Write("variables/variables.index", TwoShards().substr(0, 100));
  EXPECT_THAT(CheckVariables(folder_.path()).error().message,
              HasSubstr("variables: variables.index is damaged: "));
}

}  // namespace
}  // namespace credence::model
