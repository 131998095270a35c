#include "cli/tfs_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace credence::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TfsFlags : public testing::Test {
 protected:
  // The arguments of `credence serve` in one line, or the error.
  std::string Translate(const std::vector<std::string>& arguments) {
    const auto command = TranslateTfs(arguments, [this](const std::string& name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    });
    if (!command) return command.error().message;
    notes_ = command->notes;
    std::string line;
    for (const std::string& word : command->serve) line += (line.empty() ? "" : " ") + word;
    return line;
  }

  std::map<std::string, std::string> variables_;
  std::vector<std::string> notes_;
};

TEST_F(TfsFlags, AreThoseOfItsImage) {
  EXPECT_EQ(Translate({"--port=8500", "--rest_api_port=8501", "--model_name=mnist",
                       "--model_base_path=/models/mnist"}),
            "--grpc-port 8500 --port 8501 --deadline-ms 30000 --poll-ms 1000 "
            "--model-source mnist=/models/mnist --tfs-reload-api");
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(TfsFlags, AreThoseOfKserve) {
  EXPECT_EQ(Translate({"--model_name=m", "--port=9000", "--rest_api_port=8080",
                       "--model_base_path=/mnt/models", "--rest_api_timeout_in_ms=60000"}),
            "--grpc-port 9000 --port 8080 --deadline-ms 60000 --poll-ms 1000 "
            "--model-source m=/mnt/models --tfs-reload-api");
}

TEST_F(TfsFlags, AConfigurationFileWinsOverAName) {
  EXPECT_EQ(Translate({"--model_name=m", "--model_base_path=/m", "--model_config_file=/c",
                       "--file_system_poll_wait_seconds=0"}),
            "--grpc-port 8500 --port 8501 --deadline-ms 30000 --poll-ms 0 --model-config-file /c "
            "--model-config-poll-s 0 --tfs-reload-api");
  EXPECT_THAT(Translate({"--model_config_file=/c", "--model_config_file_poll_wait_seconds=60"}),
              HasSubstr("--model-config-poll-s 60"));
}

TEST_F(TfsFlags, TheLastOfTwoCounts) {
  EXPECT_THAT(Translate({"--port=1", "--port=2", "--model_base_path=/m"}),
              HasSubstr("--grpc-port 2 "));
}

TEST_F(TfsFlags, TheEnvironmentIsThatOfItsImage) {
  variables_ = {{"MODEL_NAME", "mnist"}, {"PORT", "9999"}};
  EXPECT_EQ(Translate({}),
            "--grpc-port 8500 --port 9999 --deadline-ms 30000 --poll-ms 1000 "
            "--model-source mnist=/models/mnist --tfs-reload-api");
  variables_["MODEL_BASE_PATH"] = "/mnt";
  EXPECT_THAT(Translate({}), HasSubstr("mnist=/mnt/mnist"));
}

TEST_F(TfsFlags, WhatHasNoEffectIsNamedInOneLine) {
  Translate({"--model_base_path=/m", "--enable_batching", "--tensorflow_session_parallelism=4",
             "--batching_parameters_file=/b", "--rest_api_host=0.0.0.0", "stray"});
  EXPECT_THAT(notes_, ElementsAre("these flags have no effect here: --batching_parameters_file, "
                                  "--tensorflow_session_parallelism",
                                  "unknown argument: stray, --rest_api_host"));
}

TEST_F(TfsFlags, WhatWouldBeAHoleStopsTheStart) {
  EXPECT_THAT(
      Translate({"--model_base_path=/m", "--ssl_config_file=/ssl"}),
      HasSubstr("--ssl_config_file=/ssl is not read: without it calls would go unprotected"));
  EXPECT_THAT(Translate({"--model_base_path=/m", "--prefer_tflite_model=true"}),
              HasSubstr("is another model"));
  EXPECT_THAT(Translate({"--model_base_path=/m", "--prefer_tflite_model=false"}),
              HasSubstr("--grpc-port"));
  EXPECT_THAT(Translate({"--model_base_path=/m", "--port=x"}),
              HasSubstr("--port=x is not a whole number"));
  EXPECT_THAT(Translate({}), HasSubstr("name a model"));
}

}  // namespace
}  // namespace credence::cli
