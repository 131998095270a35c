#include "base/sha256.h"

#include <gtest/gtest.h>

#include <string_view>

namespace credence {
namespace {

std::span<const std::uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The two examples of FIPS 180-4's test vectors.
constexpr char kOfNothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kOfAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, OfBytes) {
  EXPECT_EQ(ToHex(Sha256Of({})), kOfNothing);
  EXPECT_EQ(ToHex(Sha256Of(Bytes("abc"))), kOfAbc);
}

TEST(Sha256, PiecesCountAsTheWhole) {
  Sha256 sha;
  sha.Add(Bytes("a"));
  sha.Add({});
  sha.Add(Bytes("bc"));
  EXPECT_EQ(ToHex(sha.Finish()), kOfAbc);
}

TEST(Sha256, NamesTheFileThatIsNotThere) {
  const auto digest = Sha256OfFile("no/such/file");
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().message, "no/such/file cannot be read: No such file or directory");
}

TEST(Sha256, AFileThatCannotBeReadToItsEndHasNone) {
  const auto digest = Sha256OfFile("/proc/self/mem");  // a regular file without a first page
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().code, Code::kUnavailable);
  EXPECT_EQ(digest.error().message, "/proc/self/mem cannot be read: Input/output error");
}

}  // namespace
}  // namespace credence
