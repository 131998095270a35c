#include "model/fake/fake_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <new>
#include <numeric>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace credence::model {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr float kLogitSlope = 8.0f;

std::size_t Size(int n) { return static_cast<std::size_t>(n); }

std::size_t ValuesAnExample(const InputSpec& input) {
  return Size(input.height) * Size(input.width) * Size(input.channels);
}

struct alignas(kAlignment) Line {
  std::byte bytes[kAlignment];
};

class FakeSession final : public Session {
 public:
  explicit FakeSession(const FakeOptions& options)
      : options_(options),
        values_(ValuesAnExample(options.input)),
        element_bytes_(options.input.element == image::ElementType::kFloat32 ? 4 : 1),
        input_(Size(options.batch_max) * values_ * element_bytes_ / kAlignment + 1),
        scores_(Size(options.batch_max) * Size(options.classes)),
        logits_(scores_.size()),
        features_(Size(options.batch_max) * Size(options.feature_size)) {}

  std::span<std::byte> Input(int n) override {
    CREDENCE_CHECK(n >= 1 && n <= options_.batch_max);
    return std::as_writable_bytes(std::span(input_)).first(Size(n) * values_ * element_bytes_);
  }

  Result<Outputs> Run(int n) override {
    CREDENCE_CHECK(n >= 1 && n <= options_.batch_max);
    if (options_.on_run) options_.on_run();
    if (!options_.run_error.empty()) return Error{Code::kInternal, options_.run_error};
    for (std::size_t i = 0; i < Size(n); ++i) Answer(i);
    const std::size_t scores = Size(n) * Size(options_.classes);
    return Outputs{.scores = std::span(scores_).first(scores),
                   .logits = std::span(logits_).first(scores),
                   .features = std::span(features_).first(Size(n) * Size(options_.feature_size))};
  }

  void CopyOutputs(int i, std::vector<Tensor>& out) const override {
    const std::size_t classes = Size(options_.classes);
    const auto row = std::as_bytes(std::span(scores_).subspan(Size(i) * classes, classes));
    out.resize(1);
    out[0].name = "scores";
    out[0].type = DataType::kFloat32;
    out[0].shape = {1, options_.classes};
    out[0].data.assign(row.begin(), row.end());
  }

 private:
  // Mean of values [begin, end) of example i as a share of full scale.
  float Mean(std::size_t i, std::size_t begin, std::size_t end) const {
    const std::byte* data =
        std::as_bytes(std::span(input_)).subspan(i * values_ * element_bytes_).data();
    const auto count = static_cast<float>(end - begin);
    if (element_bytes_ == 1) {
      const auto* levels = reinterpret_cast<const std::uint8_t*>(data);
      return static_cast<float>(std::accumulate(levels + begin, levels + end, 0u)) / 255.0f / count;
    }
    // Partial sums, so that this model, which is to cost nothing, waits for no addition.
    const auto* values = static_cast<const float*>(static_cast<const void*>(data));
    std::array<float, 16> sums = {};
    for (; begin + sums.size() <= end; begin += sums.size()) {
      for (std::size_t s = 0; s < sums.size(); ++s) sums[s] += values[begin + s];
    }
    return std::accumulate(values + begin, values + end,
                           std::accumulate(sums.begin(), sums.end(), 0.0f)) /
           count;
  }

  float Noise() {
    noise_ = noise_ * 1664525u + 1013904223u;
    return options_.random ? static_cast<float>(noise_ >> 8) / 16777216.0f - 0.5f : 0.0f;
  }

  void Answer(std::size_t i) {
    const std::size_t classes = Size(options_.classes), parts = Size(options_.feature_size);
    const float place =
        std::clamp(Mean(i, 0, values_), 0.0f, 1.0f) * static_cast<float>(classes - 1);
    float* logits = logits_.data() + i * classes;
    float* scores = scores_.data() + i * classes;
    for (std::size_t k = 0; k < classes; ++k) {
      logits[k] = -kLogitSlope * std::abs(place - static_cast<float>(k)) + Noise();
    }
    const float top = *std::max_element(logits, logits + classes);
    float sum = 0;
    for (std::size_t k = 0; k < classes; ++k) sum += scores[k] = std::exp(logits[k] - top);
    for (std::size_t k = 0; k < classes; ++k) scores[k] /= sum;
    if (options_.scores != ScoreKind::kProbabilities) std::copy_n(logits, classes, scores);
    if (options_.no_distribution) scores[0] += 1;
    if (options_.non_finite) logits[0] = scores[0] = std::numeric_limits<float>::quiet_NaN();
    for (std::size_t j = 0; j < parts; ++j) {
      features_[i * parts + j] = Mean(i, j * values_ / parts, (j + 1) * values_ / parts);
    }
  }

  const FakeOptions options_;
  const std::size_t values_;         // an example
  const std::size_t element_bytes_;  // a value
  std::vector<Line> input_;
  std::vector<float> scores_, logits_, features_;
  std::uint32_t noise_ = 1;
};

class FakeModel final : public Model {
 public:
  explicit FakeModel(const FakeOptions& options) : options_(options) {
    const InputSpec& input = options.input;
    info_.inputs = {{.name = input.name,
                     .type = input.element == image::ElementType::kFloat32 ? DataType::kFloat32
                                                                           : DataType::kUint8,
                     .shape = {-1, input.height, input.width, input.channels}}};
    info_.outputs = {{.name = "scores", .shape = {-1, options.classes}}};
    info_.view = PictureView{.input = input,
                             .output_name = "scores",
                             .classes = options.classes,
                             .feature_size = options.feature_size,
                             .feature_name = options.feature_size > 0 ? "features" : "",
                             .logit_source = LogitSource::kTap,
                             .score_kind = options.scores};
    info_.random_op = options.random;
    info_.engine = "fake";
  }
  const ModelInfo& info() const override { return info_; }
  int batch_max() const override { return options_.batch_max; }
  Result<std::unique_ptr<Session>> NewSession(int) const override {
    return std::unique_ptr<Session>(std::make_unique<FakeSession>(options_));
  }
  Result<std::unique_ptr<TensorSession>> NewTensorSession() const override {
    return Error{Code::kInternal, "a picture classifier has no tensor session"};
  }

 private:
  FakeOptions options_;
  ModelInfo info_;
};

class AddingSession final : public TensorSession {
 public:
  Result<void> Run(std::span<const Tensor* const> inputs, std::vector<Tensor>& out) override {
    if (inputs[0]->shape != inputs[1]->shape) {
      return Error{Code::kInvalidArgument,
                   "a is " + Describe(*inputs[0]) + ", b is " + Describe(*inputs[1])};
    }
    out.resize(1);
    out[0] = {.name = "sum", .type = DataType::kFloat32, .shape = inputs[0]->shape, .data = {}};
    for (std::size_t i = 0; i < static_cast<std::size_t>(inputs[0]->elements()); ++i) {
      AppendValue(ValueAt(*inputs[0], i) + ValueAt(*inputs[1], i), out[0]);
    }
    return {};
  }
};

class AddingModel final : public Model {
 public:
  AddingModel() {
    info_.inputs = {{.name = "a", .type = DataType::kFloat32, .shape = {-1, 3}},
                    {.name = "b", .type = DataType::kInt32, .shape = {-1, 3}}};
    info_.outputs = {{.name = "sum", .type = DataType::kFloat32, .shape = {-1, 3}}};
    info_.no_view = "the model has 2 inputs";
    info_.engine = "fake";
  }
  const ModelInfo& info() const override { return info_; }
  int batch_max() const override { return 1; }
  Result<std::unique_ptr<Session>> NewSession(int) const override {
    return Error{Code::kInternal, "only a picture classifier has a session for pictures"};
  }
  Result<std::unique_ptr<TensorSession>> NewTensorSession() const override {
    return std::unique_ptr<TensorSession>(std::make_unique<AddingSession>());
  }

 private:
  ModelInfo info_;
};

class FakeEngine final : public Engine {
 public:
  explicit FakeEngine(const FakeOptions& options) : options_(options) {}
  Result<std::unique_ptr<Model>> Load(const std::filesystem::path& path,
                                      const LoadOptions& options) const override {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      return Error{Code::kNotFound, path.string() + ": there is no such file or folder"};
    }
    FakeOptions fake = options_;
    fake.batch_max = std::min(fake.batch_max, options.batch_max);
    return MakeFake(fake);
  }

 private:
  FakeOptions options_;
};

}  // namespace

std::unique_ptr<Model> MakeFake(const FakeOptions& options) {
  CREDENCE_CHECK(options.classes >= 2 && options.batch_max >= 1 && options.feature_size >= 0);
  CREDENCE_CHECK(options.input.height >= 1 && options.input.width >= 1);
  CREDENCE_CHECK(Size(options.feature_size) <= ValuesAnExample(options.input));
  return std::make_unique<FakeModel>(options);
}

std::unique_ptr<Model> MakeAddingFake() { return std::make_unique<AddingModel>(); }

std::unique_ptr<Engine> MakeFakeEngine(const FakeOptions& options) {
  return std::make_unique<FakeEngine>(options);
}

}  // namespace credence::model
