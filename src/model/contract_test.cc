// What every Model keeps, whatever its engine: one suite, run on the fake and on OpenVINO.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/test_folder.h"
#include "model/fake/fake_model.h"
#include "model/openvino/engine.h"
#include "model/test_models.h"

namespace credence::model {
namespace {

struct Subject {
  std::string name;
  std::function<std::unique_ptr<Model>()> make;
};

void PrintTo(const Subject& subject, std::ostream* out) { *out << subject.name; }

std::unique_ptr<Model> LoadedFromTestdata(const std::string& folder) {
  const auto engine = MakeOpenVinoEngine();
  auto model = engine->Load("src/model/testdata/" + folder, {.batch_max = 4});
  EXPECT_TRUE(model.ok()) << model.error().message;
  return model.ok() ? std::move(*model) : nullptr;
}

std::unique_ptr<Model> LoadedIr(const TestNet& net) {
  const auto engine = MakeOpenVinoEngine();
  const TestFolder folder;
  auto model = engine->Load(WriteIr(net, folder.path()), {.batch_max = 4});
  EXPECT_TRUE(model.ok()) << model.error().message;
  return model.ok() ? std::move(*model) : nullptr;
}

class ModelContract : public testing::TestWithParam<Subject> {
 protected:
  static void TearDownTestSuite() { models_.clear(); }

  void SetUp() override {
    std::shared_ptr<Model>& model = models_[GetParam().name];
    if (model == nullptr) model = GetParam().make();
    ASSERT_NE(model, nullptr);
    model_ = model;
    auto session = model_->NewSession(0);
    ASSERT_TRUE(session.ok()) << session.error().message;
    session_ = std::move(*session);
  }

  // Writes picture number `seed` as example i of the batch.
  void Write(std::span<std::byte> input, int batch, int i, int seed) const {
    const std::size_t bytes = input.size() / static_cast<std::size_t>(batch);
    FillPicture(model_->info().view->input.element, static_cast<unsigned>(seed),
                input.subspan(static_cast<std::size_t>(i) * bytes, bytes));
  }

  std::vector<float> LogitsOf(int seed) {
    Write(session_->Input(1), 1, 0, seed);
    const Result<Outputs> outputs = session_->Run(1);
    EXPECT_TRUE(outputs.ok());
    return {outputs->logits.begin(), outputs->logits.end()};
  }

  std::shared_ptr<Model> model_;
  std::unique_ptr<Session> session_;

 private:
  static inline std::map<std::string, std::shared_ptr<Model>> models_;  // loading is slow
};

TEST_P(ModelContract, InfoIsComplete) {
  const ModelInfo& info = model_->info();
  EXPECT_FALSE(info.engine.empty());
  ASSERT_EQ(info.inputs.size(), 1u);
  ASSERT_FALSE(info.outputs.empty());
  ASSERT_TRUE(info.view);
  const PictureView& view = *info.view;
  EXPECT_FALSE(view.input.name.empty());
  EXPECT_EQ(view.input.name, info.inputs[0].name);
  EXPECT_FALSE(view.output_name.empty());
  EXPECT_GE(view.classes, 2);
  EXPECT_GE(view.input.height, 4);
  EXPECT_GE(view.input.width, 4);
  EXPECT_TRUE(view.input.channels == 1 || view.input.channels == 3);
  EXPECT_EQ(view.feature_name.empty(), view.feature_size == 0);
}

TEST_P(ModelContract, InputIsAlignedAndHoldsTheBatch) {
  const InputSpec& spec = model_->info().view->input;
  const std::size_t element = spec.element == image::ElementType::kFloat32 ? 4 : 1;
  const std::size_t bytes =
      static_cast<std::size_t>(spec.height * spec.width * spec.channels) * element;
  for (int n = 1; n <= model_->batch_max(); ++n) {
    const std::span<std::byte> input = session_->Input(n);
    EXPECT_EQ(input.size(), static_cast<std::size_t>(n) * bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(input.data()) % 64, 0u);
  }
}

TEST_P(ModelContract, OutputsHaveTheShapesOfInfo) {
  const auto classes = static_cast<std::size_t>(model_->info().view->classes);
  const auto features = static_cast<std::size_t>(model_->info().view->feature_size);
  for (int n = 1; n <= model_->batch_max(); ++n) {
    session_->Input(n);
    const Result<Outputs> outputs = session_->Run(n);
    ASSERT_TRUE(outputs.ok()) << outputs.error().message;
    EXPECT_EQ(outputs->scores.size(), static_cast<std::size_t>(n) * classes);
    EXPECT_EQ(outputs->logits.size(), static_cast<std::size_t>(n) * classes);
    EXPECT_EQ(outputs->features.size(), static_cast<std::size_t>(n) * features);
  }
}

TEST_P(ModelContract, ScoresAreTheSoftmaxOfTheLogitsUnlessTheModelEndsWithout) {
  if (model_->info().view->score_kind == ScoreKind::kLogits) {
    Write(session_->Input(1), 1, 0, 3);
    const Result<Outputs> outputs = session_->Run(1);
    EXPECT_EQ(outputs->scores.data(), outputs->logits.data());
    return;
  }
  Write(session_->Input(1), 1, 0, 3);
  const Result<Outputs> outputs = session_->Run(1);
  ASSERT_TRUE(outputs.ok());
  double sum = 0;
  for (const float z : outputs->logits) sum += std::exp(static_cast<double>(z));
  for (std::size_t k = 0; k < outputs->scores.size(); ++k) {
    EXPECT_NEAR(outputs->scores[k], std::exp(static_cast<double>(outputs->logits[k])) / sum, 1e-5);
  }
}

TEST_P(ModelContract, AnAnswerDoesNotDependOnTheBatchAroundIt) {
  const auto classes = static_cast<std::size_t>(model_->info().view->classes);
  for (int n = 1; n <= model_->batch_max(); ++n) {
    const std::span<std::byte> input = session_->Input(n);
    for (int i = 0; i < n; ++i) Write(input, n, i, i);
    const Result<Outputs> outputs = session_->Run(n);
    ASSERT_TRUE(outputs.ok());
    const std::vector<float> last(outputs->logits.end() - static_cast<std::ptrdiff_t>(classes),
                                  outputs->logits.end());
    const std::vector<float> alone = LogitsOf(n - 1);
    for (std::size_t k = 0; k < classes; ++k) EXPECT_NEAR(last[k], alone[k], 1e-5);
  }
}

TEST_P(ModelContract, OutputsAreCopiedUntouchedWithALeadingOne) {
  const int n = std::min(2, model_->batch_max());
  const std::span<std::byte> input = session_->Input(n);
  for (int i = 0; i < n; ++i) Write(input, n, i, i);
  const Result<Outputs> outputs = session_->Run(n);
  ASSERT_TRUE(outputs.ok());
  std::vector<Tensor> copied;
  session_->CopyOutputs(n - 1, copied);
  ASSERT_EQ(copied.size(), model_->info().outputs.size());
  const PictureView& view = *model_->info().view;
  for (std::size_t i = 0; i < copied.size(); ++i) {
    const Tensor& tensor = copied[i];
    EXPECT_EQ(tensor.name, model_->info().outputs[i].name);
    EXPECT_EQ(tensor.shape[0], 1);
    EXPECT_EQ(tensor.data.size(),
              static_cast<std::size_t>(tensor.elements()) * ElementBytes(tensor.type));
    if (tensor.name != view.output_name) continue;
    const bool sigmoid = view.logit_source == LogitSource::kSigmoid;
    ASSERT_EQ(tensor.elements(), sigmoid ? 1 : view.classes);
    const auto last = static_cast<std::size_t>(view.classes * (n - 1));
    EXPECT_EQ(static_cast<float>(ValueAt(tensor, 0)), outputs->scores[last + (sigmoid ? 1 : 0)]);
  }
}

TEST_P(ModelContract, DifferentPicturesGetDifferentLogits) { EXPECT_NE(LogitsOf(1), LogitsOf(2)); }

TEST_P(ModelContract, SessionsDoNotShareBuffers) {
  auto other = model_->NewSession(0);
  ASSERT_TRUE(other.ok());
  const std::vector<float> expected = LogitsOf(1);
  Write(session_->Input(1), 1, 0, 1);
  Write((*other)->Input(1), 1, 0, 2);
  ASSERT_TRUE((*other)->Run(1).ok());
  const Result<Outputs> outputs = session_->Run(1);
  ASSERT_TRUE(outputs.ok());
  EXPECT_EQ(std::vector<float>(outputs->logits.begin(), outputs->logits.end()), expected);
}

TEST_P(ModelContract, SessionsOfOneSlotAndOfOthersRunAtOnce) {
  constexpr int kThreads = 4, kRuns = 200;
  std::vector<std::vector<float>> expected;
  std::vector<std::unique_ptr<Session>> sessions;
  for (int i = 0; i < kThreads; ++i) {
    expected.push_back(LogitsOf(i));
    auto session = model_->NewSession(i / 2);
    ASSERT_TRUE(session.ok());
    sessions.push_back(std::move(*session));
  }
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const auto at = static_cast<std::size_t>(i);
      for (int run = 0; run < kRuns; ++run) {
        Write(sessions[at]->Input(1), 1, 0, i);
        const Result<Outputs> outputs = sessions[at]->Run(1);
        if (!outputs.ok() || !std::ranges::equal(outputs->logits, expected[at])) ++wrong;
      }
    });
  }
  threads.clear();  // joins
  EXPECT_EQ(wrong, 0);
}

TEST_P(ModelContract, TheSamePictureGetsTheSameLogits) { EXPECT_EQ(LogitsOf(1), LogitsOf(1)); }

// Golden values: TensorFlow's answers by tests/conformance/make_golden.py, those of ONNX's
// reference implementation by tools/golden/make_onnx.py.
class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, ScoresAreThoseOfTheReference) {
  const char* shared = std::getenv("CREDENCE_SHARED");
  const bool ours = !GetParam().starts_with("mnist");
  const std::filesystem::path folder =
      ours ? "src/model/testdata"
           : std::filesystem::path(shared != nullptr ? shared : "../shared") / "models/production";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder << ": set CREDENCE_SHARED";
  const auto model = MakeOpenVinoEngine()->Load(folder / GetParam(), {.batch_max = 1});
  ASSERT_TRUE(model.ok()) << model.error().message;
  const auto session = (*model)->NewSession(0);
  ASSERT_TRUE(session.ok());
  std::ifstream file("src/model/testdata/golden.json");
  const nlohmann::json golden = nlohmann::json::parse(file).at(GetParam());
  for (unsigned seed = 0; seed < golden.size(); ++seed) {
    FillPicture((*model)->info().view->input.element, seed, (*session)->Input(1));
    const Result<Outputs> outputs = (*session)->Run(1);
    ASSERT_TRUE(outputs.ok());
    ASSERT_EQ(outputs->scores.size(), golden[seed].size());
    for (std::size_t k = 0; k < outputs->scores.size(); ++k) {
      EXPECT_NEAR(outputs->scores[k], golden[seed][k].get<float>(), 1e-5);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Golden,
                         testing::Values("grey", "grey.onnx", "rgb_uint8", "mnist_model",
                                         "mnist_cnn"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

INSTANTIATE_TEST_SUITE_P(
    Engines, ModelContract,
    testing::Values(
        Subject{"FakeFloat", [] { return MakeFake({.batch_max = 8}); }},
        Subject{"FakeUint8Rgb",
                [] {
                  return MakeFake({.input = {.name = "rgb",
                                             .height = 6,
                                             .width = 5,
                                             .channels = 3,
                                             .channel_axis = true,
                                             .element = image::ElementType::kUint8},
                                   .classes = 3,
                                   .feature_size = 0,
                                   .batch_max = 5});
                }},
        Subject{"OpenVinoDense", [] { return LoadedIr(TestNet::kDense); }},
        Subject{"OpenVinoConvHead", [] { return LoadedIr(TestNet::kConvHead); }},
        Subject{"OpenVinoSigmoid", [] { return LoadedIr(TestNet::kSigmoid); }},
        Subject{"OpenVinoLogits", [] { return LoadedIr(TestNet::kLogits); }},
        Subject{"OpenVinoHiddenSoftmax", [] { return LoadedIr(TestNet::kHiddenSoftmax); }},
        Subject{"OpenVinoFlat", [] { return LoadedIr(TestNet::kFlat); }},
        Subject{"OpenVinoBatchScale", [] { return LoadedIr(TestNet::kBatchScale); }},
        Subject{"OpenVinoUint8Rescaled", [] { return LoadedIr(TestNet::kUint8Rescaled); }},
        Subject{"OpenVinoFixedBatch", [] { return LoadedIr(TestNet::kFixedBatch); }},
        Subject{"OnnxGrey", [] { return LoadedFromTestdata("grey.onnx"); }},
        Subject{"SavedModelGrey", [] { return LoadedFromTestdata("grey"); }},
        Subject{"SavedModelRgbUint8", [] { return LoadedFromTestdata("rgb_uint8"); }}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace credence::model
