// The engine runs out of memory under a picture.
#include <gtest/gtest.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "base/test_allocations.h"
#include "base/test_folder.h"
#include "model/openvino/engine.h"
#include "model/test_models.h"

namespace credence::model {
namespace {

// Of a model whose outputs the engine fills one after the other.
void ExpectItsOwnAnswer(const std::filesystem::path& path) {
  const auto engine = MakeOpenVinoEngine();
  const auto model = engine->Load(path, {.batch_max = 1});
  ASSERT_TRUE(model.ok()) << model.error().message;
  const auto session = *(*model)->NewSession(0);
  const auto run = [&](unsigned picture, std::uint64_t failing) {
    FillPicture((*model)->info().view->input.element, picture, session->Input(1));
    FailAllocation(failing);
    const auto outputs = session->Run(1);
    const std::uint64_t count = CountedAllocations();
    FailAllocation(0);
    std::vector<float> all;
    if (outputs) {
      for (const auto& part : {outputs->scores, outputs->logits, outputs->features}) {
        all.insert(all.end(), part.begin(), part.end());
      }
    }
    return std::pair(all, count);
  };
  for (int i = 0; i < 3; ++i) run(2, 0);  // what is made once is there
  const auto [expected, count] = run(2, 0);
  ASSERT_NE(run(1, 0).first, expected);
  ASSERT_GT(count, 10U);
  std::uint64_t answered = 0;
  for (std::uint64_t at = 1; at <= count; ++at) {
    run(1, 0);
    const std::vector<float> outputs = run(2, at).first;
    if (outputs.empty()) continue;  // it said so
    ++answered;
    ASSERT_EQ(outputs, expected) << "allocation " << at << " of " << count;
  }
  EXPECT_GT(answered, 0U);
  EXPECT_EQ(run(2, 0).first, expected);
}

class Memory : public testing::TestWithParam<TestNet> {};

TEST_P(Memory, AnAnswerIsNeverThatOfThePictureBefore) {
  TestFolder folder;
  ExpectItsOwnAnswer(WriteIr(GetParam(), folder.path()));
}

INSTANTIATE_TEST_SUITE_P(Nets, Memory,
                         testing::Values(TestNet::kDense, TestNet::kConvHead, TestNet::kSigmoid));

// It has two outputs besides the scores.
TEST(MemoryOfTheBundle, AnAnswerIsNeverThatOfThePictureBefore) {
  ExpectItsOwnAnswer("predictors/digits/1");
}

}  // namespace
}  // namespace credence::model
