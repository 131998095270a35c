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

TEST(Base64, PaddingMayBeLeftOut) {
  EXPECT_THAT(*DecodeBase64("aGk"), ElementsAre('h', 'i'));
  EXPECT_THAT(*DecodeBase64("aA"), ElementsAre('h'));
  EXPECT_THAT(*DecodeBase64("aGkh"), ElementsAre('h', 'i', '!'));
}

TEST(Base64, TheAlphabetOfUrlsIsTaken) {
  EXPECT_THAT(*DecodeBase64("-_-_"), ElementsAre(0xFB, 0xFF, 0xBF));
  EXPECT_EQ(*DecodeBase64("-_-_"), *DecodeBase64("+/+/"));
}

TEST(Base64, DataUrlsHaveNoCaseInTheirWords) {
  EXPECT_THAT(*DecodeBase64("DATA:image/PNG;charset=x;BASE64,aGk="), ElementsAre('h', 'i'));
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"", "a", "aGkha", "a===", "aA=", "aG=k", "aGk==", "aGkh=", "!!!!",
                           "data:,x", "data:", "data:base64,aGk=", "===="}) {
    EXPECT_FALSE(DecodeBase64(text)) << text;
  }
  EXPECT_EQ(DecodeBase64("aGk==").error().message,
            "the image's base64 of 3 characters ends with 2 of =; 1 or none are expected");
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
