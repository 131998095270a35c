#include "base/time_text.h"

#include <gtest/gtest.h>

namespace credence {
namespace {

using std::chrono::milliseconds;

// date -u -d @1795383928
constexpr WallTime kTime{milliseconds(1'795'383'928'057)};

TEST(TimeText, WritesUtc) {
  EXPECT_EQ(Rfc3339(kTime), "2026-11-22T21:45:28Z");
  EXPECT_EQ(Rfc3339Milliseconds(kTime), "2026-11-22T21:45:28.057Z");
  EXPECT_EQ(HttpDate(kTime), "Sun, 22 Nov 2026 21:45:28 GMT");
  EXPECT_EQ(FileTime(kTime), "20261122T214528Z");
}

TEST(TimeText, BeforeTheEpochTheSecondIsRoundedDown) {
  EXPECT_EQ(Rfc3339Milliseconds(WallTime(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace credence
