#include "api/tensor/select.h"

#include <gtest/gtest.h>

#include "serving/test_predictor.h"

namespace credence::api::tensor {
namespace {

serving::Selector Of(const std::string& name, std::optional<std::int64_t> version = {},
                     const std::string& label = "") {
  return {.predictor = name, .version = version, .label = label};
}

class SelectTest : public testing::Test {
 protected:
  std::string ErrorOf(const serving::Selector& selector, Dialect dialect) {
    const auto found = FindVersion(catalog_, selector, dialect);
    return found ? "" : found.error().message;
  }

  serving::TestWorld world_;
  serving::Catalog catalog_{
      std::vector<serving::ServedPredictor>{
          {.name = "m",
           .versions = {{2, nullptr, "it is broken"}, {1, world_.MakeVersion("m", 1), ""}},
           .labels = {{"stable", 1}}},
          {.name = "gone", .versions = {{1, nullptr, "it is broken"}}}},
      ""};
};

TEST_F(SelectTest, FindsByNumberLabelOrNeither) {
  EXPECT_EQ(ErrorOf(Of("m"), Dialect::kTensorFlow), "");
  EXPECT_EQ(ErrorOf(Of("m", 1), Dialect::kKserve), "");
  EXPECT_EQ(ErrorOf(Of("m", {}, "stable"), Dialect::kTensorFlow), "");
}

TEST_F(SelectTest, SpeaksAsTensorFlowServingDoes) {
  EXPECT_EQ(ErrorOf(Of("nope"), Dialect::kTensorFlow),
            "Servable not found for request: Latest(nope)");
  EXPECT_EQ(ErrorOf(Of("m", 99), Dialect::kTensorFlow),
            "Servable not found for request: Specific(m, 99): version 99 of \"m\" is not there");
  const auto label = FindVersion(catalog_, Of("m", {}, "x"), Dialect::kTensorFlow);
  EXPECT_EQ(label.error().message, "Unrecognized servable version label: x");
  EXPECT_EQ(label.error().code, Code::kInvalidArgument);
}

TEST_F(SelectTest, SpeaksAsTritonDoes) {
  EXPECT_EQ(ErrorOf(Of("nope"), Dialect::kKserve),
            "Request for unknown model: 'nope' is not found");
  EXPECT_EQ(ErrorOf(Of("m", 7), Dialect::kKserve),
            "Request for unknown model: 'm' version 7 is not found");
  EXPECT_EQ(ErrorOf(Of("gone"), Dialect::kKserve),
            "Request for unknown model: 'gone' has no available versions: no version of \"gone\" "
            "serves: version 1 was refused: it is broken");
}

TEST_F(SelectTest, AVersionIsANumber) {
  serving::Selector selector = Of("m");
  ASSERT_TRUE(ReadVersion("0012", Dialect::kTensorFlow, selector));
  EXPECT_EQ(selector.version, 12);
  for (const char* text : {"", "x", "1x", "-1", "9223372036854775808"}) {
    EXPECT_EQ(ReadVersion(text, Dialect::kTensorFlow, selector).error().code,
              Code::kInvalidArgument);
    EXPECT_EQ(ReadVersion(text, Dialect::kKserve, selector).error().code, Code::kNotFound);
  }
}

}  // namespace
}  // namespace credence::api::tensor
