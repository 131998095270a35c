#include "serving/lane.h"

#include <algorithm>
#include <optional>

#include "base/contain.h"

namespace credence::serving {
namespace {

using metrics::Phase;

std::chrono::nanoseconds& TimeOf(Work& work, Phase phase) {
  return work.reply.timings[static_cast<std::size_t>(phase)];
}

// What is no memory for the message is told without it.
void Fail(Work& work, const Error& error) noexcept {
  work.reply.answers.Clear();
  if (Attempt([&] { work.reply.error = error; })) {
    work.reply.error = Error{error.code, "out of memory"};
  }
}

// Whether a run of its version was to answer it.
bool Waits(const Work& work) {
  const auto answers = work.reply.answers.all();
  return std::any_of(answers.begin(), answers.end(),
                     [](const predictor::Answer& answer) { return !answer.error; });
}

}  // namespace

void Lane::Execute(std::span<const std::unique_ptr<Work>> works) {
  const SteadyTime start = clock_.Now();
  versions_.clear();
  for (const auto& work : works) {
    const auto error = Attempt([&] {
      Prepare(*work, start);
      const Version* version = work->reply.version.get();
      if (std::find(versions_.begin(), versions_.end(), version) == versions_.end()) {
        versions_.push_back(version);
      }
    });
    if (error) Fail(*work, *error);
  }
  for (const Version* version : versions_) {
    const auto error = Attempt([&] {
      Collect(works, *version);
      RunBatches(*version);
    });
    if (!error) continue;
    for (const auto& work : works) {
      if (work->reply.version.get() == version && Waits(*work)) Fail(*work, *error);
    }
  }
}

void Lane::Prepare(Work& work, SteadyTime start) {
  const predictor::Predictor& predictor = work.reply.version->predictor();
  TimeOf(work, Phase::kQueue) = start - work.request.received;
  predictor::Timings timings;
  for (const predictor::Input& input : work.request.inputs.all()) {
    predictor::Answer& answer = work.reply.answers.Add();
    const auto before = timings.decode + timings.adapt;
    if (start + before > work.request.deadline) {
      answer.Clear();
      answer.error =
          Error{Code::kDeadlineExceeded, "the request's deadline was over before its turn came"};
      continue;
    }
    predictor.Prepare(input, workspace_, answer, timings);
    if (!answer.error && std::holds_alternative<predictor::EncodedPicture>(input)) {
      costs_.Correct(workspace_.decoded.source, timings.decode + timings.adapt - before);
    }
  }
  TimeOf(work, Phase::kDecode) = timings.decode;
  TimeOf(work, Phase::kAdapt) = timings.adapt;
}

void Lane::Collect(std::span<const std::unique_ptr<Work>> works, const Version& version) {
  tasks_.clear();
  observed_.clear();
  owners_.clear();
  for (const auto& work : works) {
    if (work->reply.version.get() != &version) continue;
    for (std::size_t i = 0; i < work->reply.answers.size(); ++i) {
      predictor::Answer& answer = work->reply.answers[i];
      if (answer.error) continue;
      tasks_.push_back(
          {.answer = &answer, .explain = work->request.explain, .outputs = work->request.outputs});
      observed_.push_back({.input = &work->request.inputs[i], .answer = &answer});
      owners_.push_back(work.get());
    }
  }
}

void Lane::RunBatches(const Version& version) {
  const predictor::Predictor& predictor = version.predictor();
  const auto batch_max = static_cast<std::size_t>(predictor.batch_max());
  for (std::size_t first = 0; first < tasks_.size(); first += batch_max) {
    const std::size_t n = std::min(batch_max, tasks_.size() - first);
    predictor::Timings timings;
    predictor.Run(std::span(tasks_).subspan(first, n), *version.runner(index_), timings);
    version.Observe(index_, std::span(observed_).subspan(first, n));
    version.run_cost().Correct((timings.infer + timings.assess) / static_cast<int>(n));
    metrics::Observe(*version.metrics().batch_size, static_cast<double>(n));
    const Work* last = nullptr;  // owners stand together: each gets the batch's time once
    for (std::size_t i = first; i < first + n; ++i) {
      if (owners_[i] == last) continue;
      last = owners_[i];
      TimeOf(*owners_[i], Phase::kInfer) += timings.infer;
      TimeOf(*owners_[i], Phase::kAssess) += timings.assess;
    }
  }
}

}  // namespace credence::serving
