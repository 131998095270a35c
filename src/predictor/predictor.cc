#include "predictor/predictor.h"

#include <algorithm>
#include <cstring>

namespace credence::predictor {
namespace {

using metrics::Phase;

std::chrono::nanoseconds& TimeOf(Picture& picture, Phase phase) {
  return picture.phases[static_cast<std::size_t>(phase)];
}

// What the way to the model found wrong with the picture.
reliability::Reasons FoundIn(const Picture& picture) {
  reliability::Reasons found;
  if (picture.adapted.blank) found.Add(reliability::Reason::kBlank);
  if (picture.misfit) found.Add(reliability::Reason::kValueRange);
  return found;
}

}  // namespace

void Picture::Clear() {
  file = {};
  misfit.reset();
  explain = false;
  error.reset();
  phases = {};
  adapted.adaptations.clear();
  adapted.blank = false;
  prediction.reasons = {};
  prediction.prediction_set.clear();
  prediction.confidence.reset();
  prediction.familiarity.reset();
  prediction.explanation.reset();
  prediction.verdict = reliability::Verdict::kUnassessed;
}

Predictor::Predictor(Parts parts, const Clock& clock)
    : parts_(std::move(parts)),
      scorer_(parts_.model->info(), parts_.samples, std::move(parts_.profile)),
      clock_(clock) {
  for (std::size_t i = 0; i < parts_.sessions.size(); ++i)
    scratch_.push_back(std::make_unique<ScoreScratch>());
  if (const reliability::Profile* p = profile()) {
    drift_ = std::make_unique<DriftWatch>(p->drift, p->u_sorted.size(), lanes(), clock);
  }
}

int Predictor::batch_max() const { return std::max(1, parts_.model->batch_max() / parts_.samples); }

void Predictor::Prepare(Picture& picture, Workspace& workspace) const {
  const SteadyTime start = clock_.Now();
  SteadyTime decoded = start;
  if (!picture.file.empty()) {
    const image::DecodeOptions options{
        .limits = parts_.decode_limits,
        .reduced_side_px_min = image::DecodeSideNeeded(parts_.contract)};
    if (auto done = image::Decode(picture.file, options, workspace.decoded); !done) {
      picture.error = done.error();
      return;
    }
    decoded = clock_.Now();
    image::Adapt(workspace.decoded, parts_.contract, workspace.adapt, picture.adapted);
  } else {
    image::Adapt(picture.pixels, picture.origin, parts_.contract, workspace.adapt, picture.adapted);
  }
  TimeOf(picture, Phase::kDecode) = decoded - start;
  TimeOf(picture, Phase::kAdapt) = clock_.Now() - decoded;
}

void Predictor::Run(std::span<Picture* const> pictures, int lane) const {
  const SteadyTime start = clock_.Now();
  model::Session& session = *parts_.sessions[static_cast<std::size_t>(lane)];
  const int n = static_cast<int>(pictures.size()) * parts_.samples;
  const std::size_t bytes = image::TensorBytes(parts_.contract);
  std::byte* out = session.Input(n).data();
  for (const Picture* picture : pictures) {
    const std::byte* first = out;
    image::WriteTensor(picture->adapted.canonical, parts_.contract, out);
    out += bytes;
    for (int sample = 1; sample < parts_.samples; ++sample, out += bytes) {
      std::memcpy(out, first, bytes);
    }
  }
  const Result<model::Outputs> outputs = session.Run(n);
  const SteadyTime inferred = clock_.Now();
  ScoreScratch& scratch = *scratch_[static_cast<std::size_t>(lane)];
  int first = 0;
  for (Picture* picture : pictures) {
    const ScoreInput input = {.canonical = picture->adapted.canonical,
                              .found = FoundIn(*picture),
                              .explain = picture->explain,
                              .similar = similar()};
    const Result<void> scored =
        outputs ? scorer_.Score(*outputs, first, input, scratch, picture->prediction)
                : Result<void>(outputs.error());
    if (!scored) picture->error = scored.error();
    first += parts_.samples;
  }
  const SteadyTime assessed = clock_.Now();
  for (Picture* picture : pictures) {
    TimeOf(*picture, Phase::kInfer) = inferred - start;
    TimeOf(*picture, Phase::kAssess) = assessed - inferred;
  }
}

void Predictor::Watch(std::span<const Picture* const> pictures, int lane) const {
  if (!drift_) return;
  for (const Picture* picture : pictures) {
    if (!picture->error && picture->prediction.familiarity) {
      drift_->Observe(lane, *picture->prediction.familiarity);
    }
  }
  drift_->Hand(lane);
}

}  // namespace credence::predictor
