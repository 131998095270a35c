#include "rpc/call.h"

#include <gtest/gtest.h>

#include <string>

namespace credence::rpc {
namespace {

TEST(CutDetails, LeavesShortOnesAlone) {
  EXPECT_EQ(CutDetails("Servable not found"), "Servable not found");
  EXPECT_EQ(CutDetails(std::string(1024, 'a')), std::string(1024, 'a'));
}

TEST(CutDetails, SaysThatItHasCut) {
  EXPECT_EQ(CutDetails(std::string(1025, 'a')), std::string(1024, 'a') + "...TRUNCATED");
}

TEST(CutDetails, CutsNoCharacterInHalves) {
  // Two bytes each: the 1024th byte would be the first half of one.
  std::string text = "x";
  for (int i = 0; i < 600; ++i) text += "\u00e9";
  EXPECT_EQ(CutDetails(text), text.substr(0, 1023) + "...TRUNCATED");
}

}  // namespace
}  // namespace credence::rpc
