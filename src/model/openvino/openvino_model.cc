#include "model/openvino/openvino_model.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <utility>

#include <openvino/runtime/infer_request.hpp>

#include "base/check.h"
#include "model/openvino/engine_error.h"

namespace credence::model {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr float kProbabilityMin = 1e-12f;
constexpr float kOddsMargin = 1e-7f;  // from 1, where floats are that coarse

// Zeroed memory aligned to 64 bytes.
class Buffer {
 public:
  explicit Buffer(std::size_t bytes)
      : bytes_(bytes),
        data_(static_cast<std::byte*>(
            std::aligned_alloc(kAlignment, (bytes / kAlignment + 1) * kAlignment))) {
    if (data_ == nullptr) throw std::bad_alloc();
    std::fill_n(data_.get(), bytes, std::byte{0});
  }
  std::span<std::byte> bytes() { return {data_.get(), bytes_}; }
  std::span<float> floats() const {
    return {static_cast<float*>(static_cast<void*>(data_.get())), bytes_ / sizeof(float)};
  }
  std::span<std::uint32_t> words() const {
    return {static_cast<std::uint32_t*>(static_cast<void*>(data_.get())), bytes_ / 4};
  }

 private:
  struct Free {
    void operator()(std::byte* data) const { std::free(data); }
  };
  std::size_t bytes_;
  std::unique_ptr<std::byte, Free> data_;
};

// What no model computes: as a float it is a NaN with a payload. Where one does all the same, it is
// run a second time.
constexpr std::uint32_t kUnwritten = 0x7fc0'5eedU;

bool HoldsUnwritten(std::span<const std::uint32_t> words) {
  bool holds = false;  // without a branch, so that it is done some at a time
  for (const std::uint32_t word : words) holds |= word == kUnwritten;
  return holds;
}

// A NaN stays one: std::clamp would hide it.
float LogOdds(float p) {
  if (p < kProbabilityMin) p = kProbabilityMin;
  if (p > 1 - kOddsMargin) p = 1 - kOddsMargin;
  return std::log(p / (1 - p));
}

float Sigmoid(float z) { return 1 / (1 + std::exp(-z)); }

// For a sigmoid: (z) -> logits (0, z), (p) -> scores (1 - p, p).
void SpreadSigmoid(std::span<const float> score, std::span<const float> logit,
                   std::span<float> scores, std::span<float> logits) {
  for (std::size_t i = 0; i < score.size(); ++i) {
    scores[2 * i] = 1.0f - score[i];
    scores[2 * i + 1] = score[i];
    logits[2 * i] = 0.0f;
    logits[2 * i + 1] = logit[i];
  }
}

// NaN stays NaN: std::max(min, NaN) would hide it.
float LogProbability(float p) { return std::log(p < kProbabilityMin ? kProbabilityMin : p); }

class OpenVinoSession final : public Session {
 public:
  OpenVinoSession(const ModelInfo& info, const CompiledOutputs& outputs,
                  const CompiledSizes& compiled)
      : info_(info),
        view_(*info_.view),
        outputs_(outputs),
        example_bytes_(compiled[0].model.input().get_element_type().size() *
                       ov::shape_size(compiled[0].model.input().get_shape()) /
                       Size(compiled[0].batch)),
        input_(Size(compiled.back().batch) * example_bytes_),
        scores_(FloatBytes(compiled, outputs.scores_an_example)),
        logits_(FloatBytes(compiled, outputs.scores_an_example)),
        features_(FloatBytes(compiled, view_.feature_size)),
        sigmoid_scores_(FloatBytes(compiled, 2)),
        sigmoid_logits_(FloatBytes(compiled, 2)),
        lone_(FloatBytes(compiled, 1)) {
    for (const Compiled& one : compiled) requests_.push_back(NewRequest(one));
    if (requests_.size() == 1) return;
    for (Request& one : requests_) one.request.infer();
  }

  std::span<std::byte> Input(int n) override {
    CREDENCE_CHECK(n >= 1 && n <= requests_.back().batch);
    return input_.bytes().first(Size(n) * example_bytes_);
  }

  Result<Outputs> Run(int n) override {
    CREDENCE_CHECK(n >= 1 && n <= requests_.back().batch);
    const auto fits = [n](const Request& one) { return one.batch >= n; };
    last_ = &*std::ranges::find_if(requests_, fits);
    try {
      Infer(*last_);
    } catch (const std::exception& e) {
      if (WantsMemory(e.what())) return OutOfMemory();
      return Error{Code::kInternal, std::string("the engine failed: ") + e.what()};
    }
    return View(n);
  }

  void CopyOutputs(int i, std::vector<Tensor>& out) const override {
    out.resize(info_.outputs.size());
    const auto values = Size(outputs_.scores_an_example);
    Copy(std::as_bytes(scores_.floats().subspan(Size(i) * values, values)), 1,
         info_.outputs[outputs_.scores_at], out[outputs_.scores_at]);
    const std::size_t first = 1u + (outputs_.logits ? 1 : 0) + (outputs_.features ? 1 : 0);
    for (std::size_t k = 0; k < outputs_.others_at.size(); ++k) {
      const std::size_t at = outputs_.others_at[k];
      const ov::Tensor whole = last_->request.get_output_tensor(first + k);
      const auto* data = static_cast<const std::byte*>(whole.data());
      const std::size_t bytes = whole.get_byte_size();
      const ov::Shape& shape = whole.get_shape();
      if (!shape.empty() && shape[0] == Size(last_->batch)) {
        const std::size_t each = bytes / shape[0];
        Copy({data + Size(i) * each, each}, 1, info_.outputs[at], out[at]);
      } else {
        Copy({data, bytes}, shape.empty() ? 0 : static_cast<std::int64_t>(shape[0]),
             info_.outputs[at], out[at]);
      }
    }
  }

 private:
  struct Request {
    int batch = 0;
    std::vector<Buffer> others = {};  // of the model's other outputs
    ov::InferRequest request = {};    // after the buffers, which it writes
    // Of all outputs; empty when one has a shape that is not known before, or under four bytes.
    std::vector<std::span<std::uint32_t>> outputs = {};
  };

  static std::size_t Size(int n) { return static_cast<std::size_t>(n); }

  static void Copy(std::span<const std::byte> data, std::int64_t leading, const TensorSpec& spec,
                   Tensor& out) {
    out.name = spec.name;
    out.type = spec.type;
    out.shape = spec.shape;
    if (!out.shape.empty()) out.shape[0] = leading;
    out.data.assign(data.begin(), data.end());
  }
  static std::size_t FloatBytes(const CompiledSizes& compiled, int floats_an_example) {
    return Size(compiled.back().batch) * Size(floats_an_example) * sizeof(float);
  }

  // Runs a request, and throws what stops it. The engine's infer() hides that and leaves what was
  // in the outputs, the answer to another picture: it has answered where nothing is left of the
  // mark that they bear before. Then it is run anew, by the way that tells why.
  static void Infer(Request& one) {
    if (!one.outputs.empty()) {
      for (const auto output : one.outputs) std::ranges::fill(output, kUnwritten);
      one.request.infer();
      if (std::ranges::none_of(one.outputs, HoldsUnwritten)) return;
    }
    one.request.start_async();
    one.request.wait();
  }

  // A request that reads and writes this session's buffers, and its own for the other outputs.
  Request NewRequest(const Compiled& one) {
    ov::CompiledModel model = one.model;
    Request made = {.batch = one.batch, .request = model.create_infer_request()};
    bool all = true;
    const auto bind = [&](std::size_t index, Buffer& buffer) {
      const auto& output = model.output(index);
      const ov::Tensor tensor(output.get_element_type(), output.get_shape(), buffer.bytes().data());
      made.request.set_output_tensor(index, tensor);
      made.outputs.push_back(buffer.words().first(tensor.get_byte_size() / 4));
      all = all && !made.outputs.back().empty();
    };
    made.request.set_input_tensor(ov::Tensor(model.input().get_element_type(),
                                             model.input().get_shape(), input_.bytes().data()));
    std::size_t index = 0;
    bind(index++, scores_);
    if (outputs_.logits) bind(index++, logits_);
    if (outputs_.features) bind(index++, features_);
    made.others.reserve(outputs_.others_at.size());  // what is bound stays where it is
    for (; index < model.outputs().size(); ++index) {
      const auto& output = model.output(index);
      if (output.get_partial_shape().is_dynamic()) {
        all = false;
        continue;
      }
      made.others.emplace_back(output.get_element_type().size() *
                               ov::shape_size(output.get_shape()));
      bind(index, made.others.back());
    }
    if (!all) made.outputs.clear();
    return made;
  }

  Outputs View(int n) {
    const std::size_t values = Size(n) * Size(outputs_.scores_an_example);
    const std::span<float> scores = scores_.floats().first(values);
    const std::span<float> features = features_.floats().first(Size(n) * Size(view_.feature_size));
    const std::span<float> logits = logits_.floats().first(values);
    switch (view_.logit_source) {
      case LogitSource::kTap:
        return {scores, logits, features};
      case LogitSource::kOutput:
        return {scores, scores, features};
      case LogitSource::kSigmoid: {
        const std::span<float> both = sigmoid_scores_.floats().first(2 * values);
        const std::span<float> both_logits = sigmoid_logits_.floats().first(2 * values);
        SpreadSigmoid(Probabilities(scores), LogitsOf(scores, logits), both, both_logits);
        return {both, both_logits, features};
      }
      case LogitSource::kProbabilities:
        std::ranges::transform(scores, logits.begin(), LogProbability);
        return {scores, logits, features};
      case LogitSource::kLogOdds:
        std::ranges::transform(scores, logits.begin(), LogOdds);
        return {scores, logits, features};
    }
    return {};
  }

  // Of one value an example, which is a probability or a logit.
  std::span<const float> Probabilities(std::span<const float> scores) {
    if (view_.score_kind == ScoreKind::kProbabilities) return scores;
    const std::span<float> made = lone_.floats().first(scores.size());
    std::ranges::transform(scores, made.begin(), Sigmoid);
    return made;
  }
  std::span<const float> LogitsOf(std::span<const float> scores, std::span<float> logits) {
    if (outputs_.logits) return logits;
    if (view_.score_kind == ScoreKind::kLogits) return scores;
    std::ranges::transform(scores, logits.begin(), LogOdds);
    return logits;
  }

  const ModelInfo info_;
  const PictureView view_;
  const CompiledOutputs outputs_;
  const std::size_t example_bytes_;
  Buffer input_, scores_, logits_, features_, sigmoid_scores_, sigmoid_logits_, lone_;
  std::vector<Request> requests_;  // after the buffers, which they point into
  Request* last_ = nullptr;        // that ran
};

}  // namespace

OpenVinoModel::OpenVinoModel(ModelInfo info, CompiledOutputs outputs,
                             std::vector<CompiledSizes> sets)
    : info_(std::move(info)), outputs_(outputs), sets_(std::move(sets)) {
  CREDENCE_CHECK(info_.view && !sets_.empty() && !sets_[0].empty());
}

Result<std::unique_ptr<Session>> OpenVinoModel::NewSession(int slot) const {
  try {
    const CompiledSizes& set = sets_[static_cast<std::size_t>(slot) % sets_.size()];
    return std::unique_ptr<Session>(std::make_unique<OpenVinoSession>(info_, outputs_, set));
  } catch (const std::exception& e) {
    if (WantsMemory(e.what())) return OutOfMemory();
    return Error{Code::kInternal,
                 std::string("the engine cannot make one more session: ") + e.what()};
  }
}

Result<std::unique_ptr<TensorSession>> OpenVinoModel::NewTensorSession() const {
  return Error{Code::kInternal, "a picture classifier has no tensor session"};
}

}  // namespace credence::model
