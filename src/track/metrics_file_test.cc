#include "track/metrics_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <sstream>

#include "base/test_folder.h"

namespace credence::track {
namespace {

std::string Read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(MetricsFile, HoldsWhatIsSetInPrometheusForm) {
  const TestFolder folder;
  FakeClock clock;  // one second after 1970
  MetricsFile file(folder.path() / "run.prom", "di\"gits", "default", clock);
  file.Set("epoch", 2);
  file.Set("loss", "train", 0.25);
  file.Set("loss", "validation", std::numeric_limits<double>::quiet_NaN());
  ASSERT_TRUE(file.Write());
  EXPECT_EQ(
      Read(folder.path() / "run.prom"),
      "# HELP credence_training_epoch Of a training run: epoch\n"
      "# TYPE credence_training_epoch gauge\n"
      "credence_training_epoch{predictor=\"di\\\"gits\",recipe=\"default\"} 2\n"
      "# HELP credence_training_loss Of a training run: loss\n"
      "# TYPE credence_training_loss gauge\n"
      "credence_training_loss{predictor=\"di\\\"gits\",recipe=\"default\",split=\"train\"} 0.25\n"
      "credence_training_loss{predictor=\"di\\\"gits\",recipe=\"default\",split=\"validation\"} "
      "NaN\n"
      "# HELP credence_training_updated_timestamp_seconds Of a training run: updated timestamp "
      "seconds\n"
      "# TYPE credence_training_updated_timestamp_seconds gauge\n"
      "credence_training_updated_timestamp_seconds{predictor=\"di\\\"gits\",recipe=\"default\"} "
      "1\n");
}

TEST(MetricsFile, TheNewestValueCounts) {
  const TestFolder folder;
  const FakeClock clock;
  MetricsFile file(folder.path() / "run.prom", "a", "b", clock);
  file.Set("epoch", 1);
  ASSERT_TRUE(file.Write());
  file.Set("epoch", 2);
  ASSERT_TRUE(file.Write());
  const std::string text = Read(folder.path() / "run.prom");
  EXPECT_NE(text.find("epoch{predictor=\"a\",recipe=\"b\"} 2\n"), text.npos);
  EXPECT_EQ(text.find("} 1\n"), text.rfind("} 1\n"));  // the time only
}

TEST(MetricsFile, WithoutAPathNothingIsWritten) {
  const FakeClock clock;
  MetricsFile file({}, "a", "b", clock);
  file.Set("epoch", 1);
  EXPECT_TRUE(file.Write());
}

TEST(MetricsFile, WhatCannotBeWrittenIsAnError) {
  const TestFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const FakeClock clock;
  MetricsFile file(folder.path() / "file" / "run.prom", "a", "b", clock);
  EXPECT_FALSE(file.Write());
}

}  // namespace
}  // namespace credence::track
