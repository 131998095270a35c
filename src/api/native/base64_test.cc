#include "api/native/base64.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::api::native {
namespace {

using testing::ElementsAre;

TEST(Base64, DecodesWithBreaksAndDataUrls) {
  EXPECT_THAT(*DecodeBase64("aGk="), ElementsAre('h', 'i'));
  EXPECT_THAT(*DecodeBase64("data:image/png;base64,aGk="), ElementsAre('h', 'i'));
  EXPECT_THAT(*DecodeBase64("aG\nk=\n"), ElementsAre('h', 'i'));
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"", "aGk", "a===", "aG=k", "!!!!", "data:,x", "===="}) {
    EXPECT_FALSE(DecodeBase64(text)) << text;
  }
}

TEST(Base64, EncodesAsItDecodes) {
  const std::vector<std::uint8_t> bytes = {0, 255, 1, 254};
  std::string text = "x";
  EncodeBase64(bytes, text);
  EXPECT_EQ(text, "xAP8B/g==");
  EXPECT_EQ(*DecodeBase64("AP8B/g=="), bytes);
}

}  // namespace
}  // namespace credence::api::native
