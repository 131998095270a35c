#include "base/seal.h"

#include <gtest/gtest.h>

#include "base/test_folder.h"

namespace credence {
namespace {

constexpr std::string_view kMagic = "TESTFIL1";

std::vector<std::uint8_t> Sealed() {
  SealWriter writer(kMagic, 3);
  writer.U32(7).Text("abc").AlignTo(8).U32(9);
  return std::move(writer).Finish();
}

TEST(Seal, LayoutIsAsDocumented) {
  const std::vector<std::uint8_t> bytes = Sealed();
  ASSERT_EQ(bytes.size(), 28u + 32u);
  EXPECT_EQ(std::string(bytes.begin(), bytes.begin() + 8), "TESTFIL1");
  EXPECT_EQ(std::vector<std::uint8_t>(bytes.begin() + 8, bytes.begin() + 28),
            (std::vector<std::uint8_t>{3,   0, 0, 0, 7, 0, 0, 0, 'a', 'b',
                                       'c', 0, 0, 0, 0, 0, 9, 0, 0,   0}));
}

TEST(Seal, GivesBackWhatWasWritten) {
  const std::vector<std::uint8_t> bytes = Sealed();
  auto reader = OpenSealed(kMagic, 3, bytes);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->U32(), 7u);
  EXPECT_EQ(reader->Take(3)[1], 'b');
  reader->AlignTo(8);
  EXPECT_EQ(reader->U32(), 9u);
  EXPECT_TRUE(reader->ok());
  EXPECT_TRUE(reader->left().empty());
}

TEST(Seal, EveryCutAndEveryFlippedBitIsRefused) {
  std::vector<std::uint8_t> bytes = Sealed();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_FALSE(OpenSealed(kMagic, 3, std::span(bytes).first(i))) << i;
    bytes[i] ^= 1;
    EXPECT_FALSE(OpenSealed(kMagic, 3, bytes)) << i;
    bytes[i] ^= 1;
  }
}

TEST(Seal, SaysWhatIsWrong) {
  const std::vector<std::uint8_t> bytes = Sealed();
  EXPECT_EQ(OpenSealed("OTHERFI1", 3, bytes).error().message, "does not begin with OTHERFI1");
  const auto other = OpenSealed(kMagic, 2, bytes);
  EXPECT_EQ(other.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(other.error().message, "format version 3; this build reads 2");
}

TEST(ByteReader, NothingCanBeTakenAfterTooMuchWas) {
  const std::uint8_t bytes[] = {1, 2, 3};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.U32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(reader.Take(1).empty());
}

}  // namespace
}  // namespace credence
