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
  return found;
}

}  // namespace

void Answer::Clear() {
  adapted.adaptations.clear();
  adapted.blank = false;
  misfit.reset();
  tensor.clear();
  tensors.clear();
  outputs.clear();
  prediction.reasons = {};
  prediction.prediction_set.clear();
  prediction.confidence.reset();
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
  if (takes_pictures()) scorer_.emplace(view(), parts_.samples, std::move(parts_.profile));
}

int Predictor::batch_max() const { return std::max(1, parts_.model->batch_max() / parts_.samples); }

Result<std::unique_ptr<Runner>> Predictor::NewRunner() const {
  auto runner = std::make_unique<Runner>();
  if (takes_pictures()) {
    auto session = parts_.model->NewSession();
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
    const image::DecodeOptions options{
        .limits = parts_.decode_limits,
        .reduced_side_px_min = image::DecodeSideNeeded(parts_.contract)};
    if (auto done = image::Decode(picture->file, options, workspace.decoded); !done) return done;
    decoded = clock_.Now();
    image::Adapt(workspace.decoded, parts_.contract, workspace.adapt, answer.adapted);
  } else {
    const auto& numbers = std::get<Numbers>(input);
    NumberPicture& sent = workspace.numbers;
    if (auto read = ReadNumbers(numbers, parts_.contract, sent); !read) return read;
    answer.misfit = sent.misfit;
    image::Adapt(sent.pixels, sent.origin, parts_.contract, workspace.adapt, answer.adapted);
    WriteExact(numbers, sent, parts_.contract, answer.adapted.canonical, answer.tensor);
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

void Predictor::RunPictures(std::span<const Task> batch, Runner& runner, Timings& timings) const {
  const SteadyTime start = clock_.Now();
  const int n = static_cast<int>(batch.size()) * parts_.samples;
  const std::size_t bytes = image::TensorBytes(parts_.contract);
  std::byte* out = runner.session->Input(n).data();
  for (const Task& task : batch) {
    const std::byte* first = out;
    if (task.answer->tensor.size() == bytes) {
      std::memcpy(out, task.answer->tensor.data(), bytes);
    } else {
      image::WriteTensor(task.answer->adapted.canonical, parts_.contract, out);
    }
    out += bytes;
    for (int sample = 1; sample < parts_.samples; ++sample, out += bytes) {
      std::memcpy(out, first, bytes);
    }
  }
  const Result<model::Outputs> outputs = runner.session->Run(n);
  const SteadyTime inferred = clock_.Now();
  int first = 0;
  for (const Task& task : batch) {
    const ScoreInput input = {.canonical = task.answer->adapted.canonical,
                              .found = FoundIn(*task.answer),
                              .explain = task.explain,
                              .similar = similar()};
    const Result<void> scored =
        outputs ? scorer_->Score(*outputs, first, input, runner.scratch, task.answer->prediction)
                : Result<void>(outputs.error());
    if (!scored) task.answer->error = scored.error();
    if (scored && task.outputs) runner.session->CopyOutputs(first, task.answer->outputs);
    first += parts_.samples;
  }
  timings.infer += inferred - start;
  timings.assess += clock_.Now() - inferred;
}

}  // namespace credence::predictor
