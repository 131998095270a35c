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
                 {"POST", "/v1/models/{name}/versions/{version}:classify", 9},
                 {"GET", "/docs/{rest...}", 10},
                 {"GET", "/docs/{page}", 11},
                 {"GET", "/docs/{page}/print", 12},
                 {"PUT", "/v1/models/{name}", 13}});
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
  EXPECT_EQ(match.allow, "POST, OPTIONS");
}
TEST(Router_, TakesAnUnknownVerbAsPartOfAName) {
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
  EXPECT_EQ(match.allow, "POST, GET, HEAD, OPTIONS");
}
TEST(Router_, AnswersOptionsWithWhatIsAllowedAtThePath) {
  const RouteMatch match = MakeRouter().Match("OPTIONS", "/v1/models/m");
  EXPECT_EQ(match.kind, Kind::kOptions);
  EXPECT_EQ(match.pattern, "/v1/models/{name}");
  EXPECT_EQ(match.allow, "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(MakeRouter().Match("OPTIONS", "/nothing").kind, Kind::kNotFound);
}
TEST(Router_, AnswersOptionsForTheWholeServer) {
  const RouteMatch match = MakeRouter().Match("OPTIONS", "*");
  EXPECT_EQ(match.kind, Kind::kOptions);
  EXPECT_EQ(match.allow, "GET, HEAD, POST, PUT, OPTIONS");
}
TEST(Router_, TakesTheRestOfAPath) {
  const RouteMatch match = MakeRouter().Match("GET", "/docs/a/b/c.html");
  EXPECT_EQ(match.id, 10);
  EXPECT_EQ(match.parameters[0], "a/b/c.html");
  EXPECT_EQ(MakeRouter().Match("GET", "/docs/").id, 10);
  EXPECT_EQ(MakeRouter().Match("GET", "/docs/").parameters[0], "");
  EXPECT_EQ(MakeRouter().Match("GET", "/docs").kind, Kind::kNotFound);
}
TEST(Router_, PrefersAnythingToTheRest) {
  EXPECT_EQ(MakeRouter().Match("GET", "/docs/a").id, 11);
  EXPECT_EQ(MakeRouter().Match("GET", "/docs/a/print").id, 12);
  EXPECT_EQ(MakeRouter().Match("GET", "/docs/a/prints").id, 10);
}
TEST(Router_, AmongEqualsTakesTheFirstRow) {
  const Router router({{"GET", "/{a}:x", 1}, {"GET", "/{b}:y:x", 2}});
  EXPECT_EQ(router.Match("GET", "/m:y:x").id, 1);
}
TEST(Router_, TheRestAloneMatchesEveryPath) {
  const Router router({{"GET", "/{rest...}", 1}, {"GET", "/a/{b}", 2}});
  EXPECT_EQ(router.Match("GET", "/").id, 1);
  EXPECT_EQ(router.Match("GET", "/a/b/c").parameters[0], "a/b/c");
  EXPECT_EQ(router.Match("GET", "/a/b").id, 2);
}
TEST(Router_, FindsNothingElsewhere) {
  for (const char* path :
       {"", "*", "v1/predict", "//", "/v1/predict/", "/v1//predict", "/v1/predictorsx"}) {
    EXPECT_EQ(MakeRouter().Match("GET", path).kind, Kind::kNotFound) << path;
  }
}

TEST(ParametersOf_, AreThoseOfTheMatch) {
  const Parameters parameters = ParametersOf("/a/{b}/{c}:d/{e...}", "/a/1/2:d/3/4");
  EXPECT_EQ(parameters, (Parameters{"1", "2", "3/4", ""}));
}
TEST(DecodeParameter_, Decodes) {
  std::string storage;
  EXPECT_EQ(DecodeParameter("a%20b+c", storage), "a b+c");
  EXPECT_EQ(DecodeParameter("%c3%A4", storage), "\xC3\xA4");
  EXPECT_EQ(DecodeParameter("a%2Fb", storage), "a/b");
  EXPECT_EQ(DecodeParameter("%2541", storage), "%41");
  EXPECT_EQ(DecodeParameter("", storage), "");
}
TEST(DecodeParameter_, CopiesNothingWithoutNeed) {
  std::string storage;
  const std::string_view text = "plain";
  EXPECT_EQ(DecodeParameter(text, storage)->data(), text.data());
}
TEST(DecodeParameter_, RefusesBrokenSequencesAndNul) {
  std::string storage;
  for (const char* text : {"%", "a%2", "%zz", "%2x", "%-1", "%+1", "% 1", "%00", "a%00b", "%%41"}) {
    EXPECT_EQ(DecodeParameter(text, storage), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace credence::http
