#include "serving/lane.h"

#include <algorithm>
#include <optional>

#include "base/contain.h"
#include "predictor/tensor_input.h"

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

// A work none of whose inputs was ready in time is late as a whole.
void EndLate(Work& work) {
  const auto answers = work.reply.answers.all();
  const bool late = std::all_of(answers.begin(), answers.end(), [](const predictor::Answer& one) {
    return one.error && one.error->code == Code::kDeadlineExceeded;
  });
  if (late && !answers.empty()) Fail(work, Error(*answers[0].error));
}

// Whether a run of its version was to answer it.
bool Waits(const Work& work) {
  const auto answers = work.reply.answers.all();
  return std::any_of(answers.begin(), answers.end(),
                     [](const predictor::Answer& answer) { return !answer.error; });
}

}  // namespace

std::chrono::nanoseconds EstimateCost(const Work& work, std::chrono::nanoseconds run_cost,
                                      const DecodeCosts& costs) {
  const auto inputs = work.request.inputs.all();
  std::chrono::nanoseconds cost = run_cost * static_cast<int>(inputs.size());
  const image::DecodeLimits& limits = work.reply.version->predictor().decode_limits();
  for (const predictor::Input& input : inputs) {
    if (const auto* picture = std::get_if<predictor::EncodedPicture>(&input)) {
      cost += costs.Estimate(picture->file, limits);
    }
  }
  return cost;
}

void Lane::Execute(std::span<const std::unique_ptr<Work>> works) {
  versions_.clear();
  for (const auto& work : works) {
    while (!Prepare(*work, SteadyTime::max())) {
    }
    const Version* version = work->reply.version.get();
    if (work->reply.error ||
        std::find(versions_.begin(), versions_.end(), version) != versions_.end()) {
      continue;
    }
    if (const auto error = Attempt([&] { versions_.push_back(version); })) Fail(*work, *error);
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
  for (const auto& work : works) {
    if (const auto error = Attempt([&] { EndLate(*work); })) Fail(*work, *error);
  }
}

bool Lane::Prepare(Work& work, SteadyTime until) {
  const SteadyTime start = clock_.Now();
  auto& waited = TimeOf(work, Phase::kQueue);
  if (waited == std::chrono::nanoseconds(0)) waited = start - work.request.received;
  const StopSign stop{.clock = &clock_, .deadline = work.request.deadline, .gone = work.gone()};
  const auto error = Attempt([&] {
    if (work.unread) return stop.Raised() ? Fail(work, stop.Reason()) : Read(work);
    while (!work.reply.error && work.prepared < work.request.inputs.size()) {
      if (stop.Gone()) return Fail(work, stop.Reason());
      PrepareOne(work, stop);
      if (until != SteadyTime::max() && clock_.Now() >= until) return;
    }
  });
  workspace_.stop = nullptr;
  if (error) Fail(work, *error);
  return work.reply.error || work.prepared == work.request.inputs.size();
}

void Lane::Read(Work& work) {
  const SteadyTime start = clock_.Now();
  work.unread = false;
  auto read = work.Read();
  costs_.CorrectReading(work.request.body_bytes, clock_.Now() - start);
  if (read) {
    const model::ModelInfo& info = work.reply.version->predictor().model_info();
    read = predictor::SplitRows(info, kRowsMax, work.request.inputs);
  }
  if (!read) Fail(work, read.error());
  work.cost = EstimateCost(work, work.reply.version->run_cost().Get(), costs_);
  TimeOf(work, Phase::kDecode) += clock_.Now() - start;
}

void Lane::PrepareOne(Work& work, const StopSign& stop) {
  const predictor::Predictor& predictor = work.reply.version->predictor();
  const predictor::Input& input = work.request.inputs[work.prepared++];
  predictor::Answer& answer = work.reply.answers.Add();
  if (stop.Raised()) {
    answer.Clear();
    answer.error = stop.Reason();
    return;
  }
  workspace_.stop = &stop;
  predictor::Timings timings;
  predictor.Prepare(input, workspace_, answer, timings);
  if (!answer.error && std::holds_alternative<predictor::EncodedPicture>(input)) {
    costs_.Correct(workspace_.decoded.source, timings.decode + timings.adapt);
  }
  workspace_.Trim();
  TimeOf(work, Phase::kDecode) += timings.decode;
  TimeOf(work, Phase::kAdapt) += timings.adapt;
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

// Whether the time of all of these tasks is over; then they get an error.
bool Lane::EndOverdue(std::size_t first, std::size_t count) {
  const SteadyTime now = clock_.Now();
  const std::span<Work* const> owners = std::span(owners_).subspan(first, count);
  const bool overdue = std::all_of(owners.begin(), owners.end(),
                                   [now](const Work* one) { return now > one->request.deadline; });
  if (!overdue) return false;
  for (std::size_t i = first; i < first + count; ++i) {
    const StopSign stop{.clock = &clock_, .deadline = owners_[i]->request.deadline};
    tasks_[i].answer->error = stop.Reason();
  }
  return true;
}

void Lane::RunBatches(const Version& version) {
  const predictor::Predictor& predictor = version.predictor();
  const auto batch_max = static_cast<std::size_t>(predictor.batch_max());
  for (std::size_t first = 0; first < tasks_.size(); first += batch_max) {
    const std::size_t n = std::min(batch_max, tasks_.size() - first);
    if (first > 0 && EndOverdue(first, n)) continue;
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
