#include "api/tensor/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace credence::api::tensor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

double NumberIn(std::string_view text) {
  JsonReader json(text);
  JsonNumber number;
  EXPECT_TRUE(json.Number(number)) << text;
  EXPECT_EQ(json.offset(), text.size()) << text;
  return number.value;
}

std::string StringIn(std::string_view text) {
  JsonReader json(text);
  std::string out;
  EXPECT_TRUE(json.String(out)) << text;
  return out;
}

bool Reads(std::string_view text) { return JsonReader(text).Skip(); }

TEST(JsonReader, ReadsNumbersToTheNearestDouble) {
  for (const char* text : {"0", "-0", "1", "0.1", "-12.5e-3", "123456789012345678901234567890",
                           "1e22", "1e23", "9007199254740993", "2.2250738585072011e-308", "5e-324",
                           "0.30000001192092896", "1.7976931348623157e308"}) {
    EXPECT_EQ(NumberIn(text), std::strtod(text, nullptr)) << text;
  }
  EXPECT_TRUE(std::signbit(NumberIn("-0")));
  EXPECT_EQ(NumberIn("1e-400"), 0);
}

TEST(JsonReader, ReadsRandomNumbersAsTheLibraryDoes) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string text = std::to_string(random() >> (random() % 64));
    if (random() % 2 == 0) text.append(".").append(std::to_string(random() >> (random() % 64)));
    if (random() % 2 == 0) text.append("e-").append(std::to_string(random() % 300));
    EXPECT_EQ(NumberIn(text), std::strtod(text.c_str(), nullptr)) << text;
  }
}

TEST(JsonReader, ReadsWhatPythonWritesForNumbersThatAreNotFinite) {
  EXPECT_TRUE(std::isnan(NumberIn("NaN")));
  EXPECT_EQ(NumberIn("Infinity"), HUGE_VAL);
  EXPECT_EQ(NumberIn("-Infinity"), -HUGE_VAL);
  EXPECT_EQ(NumberIn("Inf"), HUGE_VAL);
}

TEST(JsonReader, ToldWholeNumbersExactly) {
  JsonReader json("-9223372036854775808 18446744073709551615 1.0 18446744073709551616");
  JsonNumber number;
  ASSERT_TRUE(json.Number(number));
  EXPECT_TRUE(number.whole && number.exact && number.negative);
  EXPECT_EQ(number.magnitude, std::uint64_t{1} << 63);
  ASSERT_TRUE(json.Number(number));
  EXPECT_FALSE(number.exact);  // 20 digits
  ASSERT_TRUE(json.Number(number));
  EXPECT_FALSE(number.whole);
}

TEST(JsonReader, RefusesWhatIsNoNumber) {
  for (const char* text : {"1.", ".5", "+1", "01", "-", "1e", "1e400", "-1e400", "nan", "0x1",
                           "1.e5", "--1", "-NaN"}) {
    JsonReader json(text);
    EXPECT_FALSE(json.Skip() && json.offset() == std::string_view(text).size()) << text;
  }
}

TEST(JsonReader, TakesFloatsWithTheirCommas) {
  const auto take = [](JsonReader& json) {
    std::vector<std::byte> bytes;
    const std::size_t count = json.Floats(bytes);
    std::vector<float> floats(bytes.size() / sizeof(float));
    if (!bytes.empty()) std::memcpy(floats.data(), bytes.data(), bytes.size());
    EXPECT_EQ(floats.size(), count);
    return floats;
  };
  JsonReader some("1, 2.5,-Infinity , [3]");
  EXPECT_THAT(take(some), ElementsAre(1, 2.5, -std::numeric_limits<float>::infinity()));
  EXPECT_TRUE(some.Take(',') && some.Take('[') && !some.malformed());
  EXPECT_THAT(take(some), ElementsAre(3));
  EXPECT_THAT(take(some), IsEmpty());
  std::string many = "0";
  for (int i = 1; i < 200; ++i) many += "," + std::to_string(i);
  JsonReader long_list(many);
  const std::vector<float> floats = take(long_list);
  ASSERT_EQ(floats.size(), 200u);
  for (std::size_t i = 0; i < floats.size(); ++i) EXPECT_EQ(floats[i], static_cast<float>(i));
  JsonReader bad("1, 2., 3");
  EXPECT_THAT(take(bad), ElementsAre(1));
  EXPECT_TRUE(bad.malformed());
  EXPECT_EQ(bad.ParseError().message, "JSON Parse error: Invalid value. at offset: 5");
}

TEST(JsonReader, UndoesEscapes) {
  EXPECT_EQ(StringIn(R"("a\"\\\/\n\u00e9\ud83d\ude00")"), "a\"\\/\n\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(StringIn(R"("\ud83dx")"), "\xEF\xBF\xBDx");
  EXPECT_FALSE(Reads("\"\\x\""));
  EXPECT_FALSE(Reads("\"a"));
  EXPECT_FALSE(Reads("\"a\nb\""));
  EXPECT_FALSE(Reads(R"("\u12")"));
}

TEST(JsonReader, SkipChecksAndBoundsTheDepth) {
  EXPECT_TRUE(Reads(R"( {"a": [1, {"b": null}, "x", true], "c": {}} trailing)"));
  EXPECT_FALSE(Reads("[1,]"));
  EXPECT_FALSE(Reads("{\"a\" 1}"));
  EXPECT_FALSE(Reads("[1 2]"));
  EXPECT_TRUE(Reads(std::string(30, '[') + std::string(30, ']')));
  EXPECT_FALSE(Reads(std::string(100000, '[')));
  EXPECT_FALSE(JsonReader(std::string(100000, '[')).SkipFast());
}

TEST(JsonReader, SkipFastPassesOverBalancedValues) {
  JsonReader json(R"([[1, "]"], {"a": "\"}"}] , 7)");
  ASSERT_TRUE(json.SkipFast());
  EXPECT_TRUE(json.Take(','));
}

TEST(JsonReader, SaysWhereItIsWrong) {
  JsonReader json("[1, x]");
  EXPECT_FALSE(json.Skip());
  EXPECT_EQ(json.ParseError().message, "JSON Parse error: Invalid value. at offset: 4");
  JsonReader empty(" \n");
  EXPECT_FALSE(empty.Skip());
  EXPECT_EQ(empty.ParseError().message, "JSON Parse error: The document is empty");
}

}  // namespace
}  // namespace credence::api::tensor
