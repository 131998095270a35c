#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace credence {
namespace {

TEST(JsonWriter, PutsCommasAndNestsObjectsAndArrays) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("a").Number(1).Key("b").BeginArray().String("x").Bool(true).Null();
  json.BeginObject().EndObject().EndArray().Key("c").Number(0.5f).EndObject();
  EXPECT_EQ(out, R"({"a":1,"b":["x",true,null,{}],"c":0.5})");
}

TEST(JsonWriter, EscapesKeysThatAreNotWrittenInTheSource) {
  std::string out;
  JsonWriter(out).BeginObject().DynamicKey("a\"b").Number(1).DynamicKey("c").Number(2).EndObject();
  EXPECT_EQ(out, R"({"a\"b":1,"c":2})");
}

TEST(JsonWriter, WritesFloatsShortestAndNonFiniteAsNull) {
  std::string out;
  JsonWriter json(out);
  const std::array<float, 4> values = {0.1f, 1e-7f, std::numeric_limits<float>::infinity(), 1.0f};
  json.Numbers(values);
  EXPECT_EQ(out, "[0.1,1e-07,null,1]");
}

TEST(JsonWriter, EscapesControlsAndReplacesBrokenUtf8) {
  std::string out;
  JsonWriter(out).String("a\"b\\c\n\x01 \xC3\xA9 \xFF \xED\xA0\x80 \xE2\x82");
  EXPECT_EQ(out,
            "\"a\\\"b\\\\c\\n\\u0001 \xC3\xA9 \xEF\xBF\xBD "
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace credence
