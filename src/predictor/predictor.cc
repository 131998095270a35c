#include "predictor/predictor.h"

#include <algorithm>
#include <cstring>

#include "predictor/tensor_input.h"

namespace credence::predictor {
namespace {

// What the way to the model found wrong with the picture.
reliability::Reasons FoundIn(const Answer& answer) {
  reliability::Reasons found;
  if (answer.adapted.blank) found.Add(reliability::Reason::kBlank);
  if (answer.misfit) found.Add(reliability::Reason::kValueRange);
  if (answer.adapted.several) found.Add(reliability::Reason::kSeveralObjects);
  if (answer.adapted.elongated) found.Add(reliability::Reason::kElongated);
  if (answer.adapted.cut_off) found.Add(reliability::Reason::kCutOff);
  if (answer.adapted.outside) found.Add(reliability::Reason::kContentOutsideFrame);
  return found;
}

// Of a thread's buffer for pixels: what a picture of 16 megapixels takes in grey.
constexpr std::size_t kKeptBytes = 16 << 20;

image::Adaptation OriginOf(const image::Pixels& pixels) {
  return {.step = image::Adaptation::Step::kArray,
          .width = pixels.width,
          .height = pixels.height,
          .channels = pixels.channels,
          .text = RangeName(NumberRange::kLevels)};
}

image::Adaptation ReshapeOf(const std::vector<int>& shape) {
  image::Adaptation step{.step = image::Adaptation::Step::kReshape};
  std::copy_n(shape.begin(), std::min(shape.size(), step.shape.size()), step.shape.begin());
  return step;
}

}  // namespace

void Workspace::Trim() {
  std::vector<std::uint8_t>& pixels = decoded.pixels.data;
  if (pixels.capacity() > kKeptBytes) std::vector<std::uint8_t>().swap(pixels);
  if (memory.bytes() > pixels.capacity()) {
    const bool counted = pixels.capacity() > kUncountedBytes;
    static_cast<void>(memory.Resize(counted ? pixels.capacity() : 0));  // less than before
  }
  std::vector<std::uint8_t>& levels = numbers.pixels.data;
  if (levels.capacity() > kUncountedBytes) std::vector<std::uint8_t>().swap(levels);
}

void Answer::Clear() {
  adapted.adaptations.clear();
  adapted.blank = adapted.several = adapted.elongated = false;
  adapted.cut_off = adapted.outside = false;
  misfit.reset();
  tensor.clear();
  tensors.clear();
  outputs.clear();
  prediction.reasons = {};
  prediction.prediction_set.clear();
  prediction.confidence.reset();
  prediction.p_correct.reset();
  prediction.certified_risk.reset();
  prediction.class_risk.reset();
  prediction.familiarity.reset();
  prediction.explanation.reset();
  prediction.verdict = reliability::Verdict::kUnassessed;
  error.reset();
}

Timings& Timings::operator+=(const Timings& other) {
  decode += other.decode;
  adapt += other.adapt;
  infer += other.infer;
  assess += other.assess;
  return *this;
}

Predictor::Predictor(Parts parts, const Clock& clock) : parts_(std::move(parts)), clock_(clock) {
  if (takes_pictures()) scorer_.emplace(view(), parts_.passes, std::move(parts_.profile));
}

std::string_view ContractStateName(ContractState state) {
  switch (state) {
    case ContractState::kCalibrated:
      return "calibrated";
    case ContractState::kStated:
      return "stated";
    case ContractState::kAssumed:
      return "assumed";
  }
  return "";
}

ContractState Predictor::contract_state() const {
  if (profile() != nullptr) return ContractState::kCalibrated;
  return parts_.assumed.empty() ? ContractState::kStated : ContractState::kAssumed;
}

int Predictor::batch_max() const { return std::max(1, parts_.model->batch_max() / samples()); }

Result<std::unique_ptr<Runner>> Predictor::NewRunner(int slot) const {
  auto runner = std::make_unique<Runner>();
  if (takes_pictures()) {
    auto session = parts_.model->NewSession(slot);
    if (!session) return session.error();
    runner->session = *std::move(session);
  } else {
    auto session = parts_.model->NewTensorSession();
    if (!session) return session.error();
    runner->tensors = *std::move(session);
  }
  return runner;
}

void Predictor::Prepare(const Input& input, Workspace& workspace, Answer& answer,
                        Timings& timings) const {
  answer.Clear();
  if (auto adapted = Adapt(input, workspace, answer, timings); !adapted) {
    answer.error = adapted.error();
  }
}

Result<void> Predictor::Adapt(const Input& input, Workspace& workspace, Answer& answer,
                              Timings& timings) const {
  const SteadyTime start = clock_.Now();
  SteadyTime decoded = start;
  if (const auto* tensors = std::get_if<Tensors>(&input)) {
    auto read = takes_pictures()
                    ? ReadPictureTensor(*tensors, model_info(), parts_.contract, answer)
                    : ReadTensors(*tensors, model_info(), answer.tensors);
    if (!read) return read;
  } else if (!takes_pictures()) {
    return TakesNoPicture(model_info());
  } else if (const auto* picture = std::get_if<EncodedPicture>(&input)) {
    const image::DecodeOptions options{.limits = parts_.decode_limits,
                                       .grey = parts_.contract.channels == 1,
                                       .stop = workspace.stop,
                                       .memory = &workspace.memory};
    if (auto done = image::Decode(picture->file, options, workspace.decoded); !done) return done;
    decoded = clock_.Now();
    image::Adapt(workspace.decoded, parts_.contract, workspace.adapt, answer.adapted);
  } else if (const auto* numbers = std::get_if<Numbers>(&input)) {
    NumberPicture& sent = workspace.numbers;
    if (auto read = ReadNumbers(*numbers, parts_.contract, sent); !read) return read;
    answer.misfit = sent.misfit;
    image::Adapt(sent.pixels, sent.origin, parts_.contract, workspace.adapt, answer.adapted);
    if (sent.reshaped) {
      auto& steps = answer.adapted.adaptations;
      steps.insert(steps.begin() + 1, ReshapeOf(numbers->shape));
    }
    WriteExact(*numbers, sent, parts_.contract, answer.adapted.canonical, answer.tensor);
  } else {
    const image::Pixels& pixels = *std::get<DecodedPicture>(input).pixels;
    image::Adapt(pixels, OriginOf(pixels), parts_.contract, workspace.adapt, answer.adapted);
  }
  timings.decode += decoded - start;
  timings.adapt += clock_.Now() - decoded;
  return {};
}

void Predictor::Run(std::span<const Task> batch, Runner& runner, Timings& timings) const {
  if (takes_pictures()) return RunPictures(batch, runner, timings);
  for (const Task& task : batch) RunTensors(task, runner, timings);
}

void Predictor::RunTensors(const Task& task, Runner& runner, Timings& timings) const {
  const SteadyTime start = clock_.Now();
  std::vector<const model::Tensor*> inputs;
  for (const model::Tensor& tensor : task.answer->tensors) inputs.push_back(&tensor);
  const auto ran = runner.tensors->Run(inputs, task.answer->outputs);
  if (!ran) task.answer->error = ran.error();
  timings.infer += clock_.Now() - start;
}

void Predictor::WriteTensor(const Answer& answer, std::byte* out) const {
  if (answer.tensor.size() == image::TensorBytes(parts_.contract)) {
    std::memcpy(out, answer.tensor.data(), answer.tensor.size());
  } else {
    image::WriteTensor(answer.adapted.canonical, parts_.contract, out);
  }
}

Result<model::Outputs> Predictor::Infer(std::span<const Task> batch, Runner& runner) const {
  if (samples() > parts_.model->batch_max()) return InferInParts(*batch.front().answer, runner);
  const int n = static_cast<int>(batch.size()) * samples();
  const std::size_t bytes = image::TensorBytes(parts_.contract);
  std::byte* out = runner.session->Input(n).data();
  for (const Task& task : batch) {
    const std::byte* first = out;
    WriteTensor(*task.answer, out);
    out += bytes;
    for (int sample = 1; sample < samples(); ++sample, out += bytes) {
      std::memcpy(out, first, bytes);
    }
  }
  return runner.session->Run(n);
}

Result<model::Outputs> Predictor::InferInParts(const Answer& answer, Runner& runner) const {
  const std::size_t bytes = image::TensorBytes(parts_.contract);
  PassOutputs& all = runner.passes;
  all.scores.clear(), all.logits.clear(), all.features.clear();
  for (int done = 0; done < samples();) {
    const int n = std::min(samples() - done, parts_.model->batch_max());
    std::byte* out = runner.session->Input(n).data();
    for (int i = 0; i < n; ++i, out += bytes) WriteTensor(answer, out);
    const Result<model::Outputs> outputs = runner.session->Run(n);
    if (!outputs) return outputs;
    all.scores.insert(all.scores.end(), outputs->scores.begin(), outputs->scores.end());
    all.logits.insert(all.logits.end(), outputs->logits.begin(), outputs->logits.end());
    all.features.insert(all.features.end(), outputs->features.begin(), outputs->features.end());
    done += n;
  }
  return model::Outputs{.scores = all.scores, .logits = all.logits, .features = all.features};
}

void Predictor::RunPictures(std::span<const Task> batch, Runner& runner, Timings& timings) const {
  const SteadyTime start = clock_.Now();
  const Result<model::Outputs> outputs = Infer(batch, runner);
  const SteadyTime inferred = clock_.Now();
  int first = 0;
  for (const Task& task : batch) {
    const ScoreInput input = {.canonical = task.answer->adapted.canonical,
                              .found = FoundIn(*task.answer),
                              .explain = task.explain,
                              .similar = similar(),
                              .detail = task.detail};
    if (!outputs && task.detail != nullptr) task.detail->logits.clear();
    const Result<void> scored =
        outputs ? scorer_->Score(*outputs, first, input, runner.scratch, task.answer->prediction)
                : Result<void>(outputs.error());
    if (!scored) task.answer->error = scored.error();
    if (outputs && task.outputs) runner.session->CopyOutputs(first, task.answer->outputs);
    first += samples();
  }
  timings.infer += inferred - start;
  timings.assess += clock_.Now() - inferred;
}

}  // namespace credence::predictor
