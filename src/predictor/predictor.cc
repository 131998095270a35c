#include "predictor/predictor.h"

#include <algorithm>
#include <cstring>

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

Predictor::Predictor(Parts parts, const Clock& clock)
    : parts_(std::move(parts)),
      scorer_(parts_.model->info(), parts_.samples, std::move(parts_.profile)),
      clock_(clock) {}

int Predictor::batch_max() const { return std::max(1, parts_.model->batch_max() / parts_.samples); }

Result<std::unique_ptr<Runner>> Predictor::NewRunner() const {
  auto session = parts_.model->NewSession();
  if (!session) return session.error();
  auto runner = std::make_unique<Runner>();
  runner->session = *std::move(session);
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
  if (const auto* picture = std::get_if<EncodedPicture>(&input)) {
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
        outputs ? scorer_.Score(*outputs, first, input, runner.scratch, task.answer->prediction)
                : Result<void>(outputs.error());
    if (!scored) task.answer->error = scored.error();
    first += parts_.samples;
  }
  timings.infer += inferred - start;
  timings.assess += clock_.Now() - inferred;
}

}  // namespace credence::predictor
