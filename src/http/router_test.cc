#include "http/router.h"

#include <gtest/gtest.h>

namespace credence::http {
namespace {

using Kind = RouteMatch::Kind;

Router MakeRouter() {
  return Router({{"GET", "/", 1},
                 {"GET", "/v1/predictors", 2},
                 {"GET", "/v1/predictors/{name}", 3},
                 {"GET", "/v1/predictors/default", 4},
                 {"POST", "/v1/predict", 5},
                 {"GET", "/v1/predict", 6},
                 {"GET", "/v1/models/{name}", 7},
                 {"POST", "/v1/models/{name}:predict", 8},
                 {"POST", "/v1/models/{name}/versions/{version}:classify", 9}});
}

TEST(Router_, MatchesALiteralPath) {
  const RouteMatch match = MakeRouter().Match("GET", "/v1/predictors");
  EXPECT_EQ(match.kind, Kind::kFound);
  EXPECT_EQ(match.id, 2);
  EXPECT_EQ(match.pattern, "/v1/predictors");
}
TEST(Router_, MatchesTheRoot) { EXPECT_EQ(MakeRouter().Match("GET", "/").id, 1); }
TEST(Router_, TakesAParameterAsSent) {
  const RouteMatch match = MakeRouter().Match("GET", "/v1/predictors/a%20b");
  EXPECT_EQ(match.id, 3);
  EXPECT_EQ(match.parameters[0], "a%20b");
}
TEST(Router_, PrefersALiteralToAParameter) {
  EXPECT_EQ(MakeRouter().Match("GET", "/v1/predictors/default").id, 4);
}
TEST(Router_, TakesParametersBeforeASuffix) {
  const RouteMatch match = MakeRouter().Match("POST", "/v1/models/m/versions/3:classify");
  EXPECT_EQ(match.id, 9);
  EXPECT_EQ(match.parameters[0], "m");
  EXPECT_EQ(match.parameters[1], "3");
}
TEST(Router_, PrefersASuffixToAParameter) {
  EXPECT_EQ(MakeRouter().Match("POST", "/v1/models/m:predict").id, 8);
  const RouteMatch match = MakeRouter().Match("GET", "/v1/models/m:predict");
  EXPECT_EQ(match.kind, Kind::kMethodNotAllowed);
  EXPECT_EQ(match.allow, "POST");
}
TEST(Router_, LetsAnUnknownVerbBePartOfAName) {
  EXPECT_EQ(MakeRouter().Match("GET", "/v1/models/m:x").parameters[0], "m:x");
}
TEST(Router_, NeedsANonEmptyParameter) {
  EXPECT_EQ(MakeRouter().Match("GET", "/v1/models/").kind, Kind::kNotFound);
  EXPECT_EQ(MakeRouter().Match("POST", "/v1/models/:predict").kind, Kind::kMethodNotAllowed);
}
TEST(Router_, AnswersHeadWithGet) { EXPECT_EQ(MakeRouter().Match("HEAD", "/v1/predictors").id, 2); }
TEST(Router_, ListsWhatIsAllowed) {
  const RouteMatch match = MakeRouter().Match("DELETE", "/v1/predict");
  EXPECT_EQ(match.kind, Kind::kMethodNotAllowed);
  EXPECT_EQ(match.allow, "POST, GET, HEAD");
}
TEST(Router_, FindsNothingElsewhere) {
  for (const char* path :
       {"", "*", "v1/predict", "//", "/v1/predict/", "/v1//predict", "/v1/predictorsx"}) {
    EXPECT_EQ(MakeRouter().Match("GET", path).kind, Kind::kNotFound) << path;
  }
}

}  // namespace
}  // namespace credence::http
