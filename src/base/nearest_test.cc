#include "base/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace credence {
namespace {

constexpr std::array<std::string_view, 5> kVerbs = {"serve", "predict", "promote", "data", "plan"};

TEST(Nearest, AnEditMayAddLeaveOutReplaceOrSwap) {
  EXPECT_EQ(Nearest("predcit", kVerbs), "predict");
  EXPECT_EQ(Nearest("predct", kVerbs), "predict");
  EXPECT_EQ(Nearest("predictt", kVerbs), "predict");
  EXPECT_EQ(Nearest("promite", kVerbs), "promote");
  EXPECT_EQ(Nearest("dta", kVerbs), "data");
  EXPECT_EQ(Nearest("SERVE", kVerbs), "serve");
}

TEST(Nearest, IsEmptyWhenNoneIsNear) {
  EXPECT_EQ(Nearest("xyz", kVerbs), "");
  EXPECT_EQ(Nearest("", kVerbs), "");
  EXPECT_EQ(Nearest("dxtx", kVerbs), "");  // two edits of four characters
  EXPECT_EQ(Nearest(std::string(100, 'p'), kVerbs), "");
}

TEST(DidYouMean, IsASentenceOrNothing) {
  EXPECT_EQ(DidYouMean("serv", kVerbs, "--"), "; did you mean --serve?");
  EXPECT_EQ(DidYouMean("x-y-z", kVerbs), "");
}

}  // namespace
}  // namespace credence
