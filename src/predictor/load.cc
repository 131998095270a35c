#include "predictor/load.h"

#include <algorithm>
#include <cmath>

#include "predictor/golden.h"
#include "predictor/profile_file.h"
#include "predictor/similar.h"

namespace credence::predictor {
namespace {

constexpr std::size_t kTimedRuns = 5;
constexpr std::chrono::milliseconds kTimedEnough{20};  // no further run after that
constexpr float kSelfTestTolerance = 1e-4f;

// A blank picture for i = 0, a seeded pattern for every other.
void FillCanonical(int i, const image::InputContract& contract, image::Pixels& out) {
  out.Reshape(contract.width, contract.height, contract.channels);
  std::uint32_t state = 2463534242u + static_cast<std::uint32_t>(i);
  for (std::uint8_t& level : out.data) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;  // xorshift32 (Marsaglia 2003)
    level = i == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(state >> 24);
  }
}

// Runs self-tests and holds the answers of all runners against those of the first.
class SelfTest {
 public:
  SelfTest(const Predictor& predictor, const Clock& clock)
      : predictor_(predictor),
        clock_(clock),
        answers_(Size(std::clamp(predictor.batch_max(), 2, 8))) {
    for (std::size_t i = 0; i < answers_.size(); ++i) {
      FillCanonical(static_cast<int>(i), predictor.contract(), answers_[i].adapted.canonical);
      tasks_.push_back({.answer = &answers_[i]});
    }
  }

  // Each picture alone, then all in one batch, if the model takes any.
  Result<void> InFull(Runner& runner) {
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const SteadyTime start = clock_.Now();
      if (auto done = Run(runner, i, 1); !done) return done;
      last_run_ = clock_.Now() - start;
    }
    if (predictor_.batch_max() == 1) return {};
    return Run(runner, 0, tasks_.size());
  }
  // The first pattern.
  Result<void> WithOne(Runner& runner) { return Run(runner, 1, 1); }
  // After InFull. The first pattern again and again: the median time of a run. A run that takes
  // long was timed well enough already.
  Result<std::chrono::nanoseconds> Timed(Runner& runner) {
    if (last_run_ >= kTimedEnough) return last_run_;
    std::vector<std::chrono::nanoseconds> times;
    const SteadyTime start = clock_.Now();
    for (SteadyTime now = start; times.size() < kTimedRuns && now < start + kTimedEnough;) {
      if (auto done = WithOne(runner); !done) return done.error();
      times.push_back(clock_.Now() - now);
      now += times.back();
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  }

 private:
  static std::size_t Size(int n) { return static_cast<std::size_t>(n); }

  Result<void> Run(Runner& runner, std::size_t first, std::size_t count) {
    Timings timings;
    predictor_.Run(std::span(tasks_).subspan(first, count), runner, timings);
    for (std::size_t i = first; i < first + count; ++i) {
      if (answers_[i].error) return Annotate(*answers_[i].error, "self-test");
      if (auto same = Compare(i); !same) return same;
    }
    return {};
  }

  Result<void> Compare(std::size_t picture) {
    if (predictor_.samples() > 1) return {};
    const std::vector<float>& got = answers_[picture].prediction.prediction;
    expected_.resize(answers_.size());
    std::vector<float>& expected = expected_[picture];
    if (expected.empty()) expected = got;
    for (std::size_t k = 0; k < got.size(); ++k) {
      if (std::abs(got[k] - expected[k]) <= kSelfTestTolerance) continue;
      return Error{Code::kInternal, "self-test: the same picture gave " +
                                        std::to_string(expected[k]) + " and then " +
                                        std::to_string(got[k]) +
                                        " for one class; the limit is 0.0001"};
    }
    return {};
  }

  const Predictor& predictor_;
  const Clock& clock_;
  std::chrono::nanoseconds last_run_{0};  // of one picture, in InFull
  std::vector<Answer> answers_;
  std::vector<Task> tasks_;
  std::vector<std::vector<float>> expected_;  // [picture][class]
};

std::vector<std::string> NumberLabels(int classes) {
  std::vector<std::string> labels;
  for (int k = 0; k < classes; ++k) labels.push_back(std::to_string(k));
  return labels;
}

// The pictures for explanations, if the version keeps any and has a profile that they belong to.
Result<void> ReadSimilar(const std::filesystem::path& version, const LoadOptions& options,
                         Kept& kept) {
  if (!kept.profile) return {};
  auto known = ReadKnownPictures(version);
  std::optional<Error> refusal;
  if (!known) {
    refusal = known.error();
  } else if (*known) {
    auto index = SimilarIndex::Make(**std::move(known), *kept.profile, kept.profile_seal);
    if (index) {
      kept.similar = *std::move(index);
    } else {
      refusal = index.error();
    }
  }
  if (!refusal) return {};
  if (!options.allow_unassessed) return *refusal;
  kept.warning = "explains without similar pictures: " + refusal->message;
  return {};
}

Result<Kept> ReadKept(const std::filesystem::path& version, const LoadOptions& options) {
  Kept kept;
  auto profile = ReadProfile(version);
  if (!profile && !options.allow_unassessed) return profile.error();
  if (profile) kept.profile = *std::move(profile);
  kept.profile_seal = ProfileSeal(version);
  if (auto read = ReadSimilar(version, options, kept); !read) return read.error();
  if (!profile) kept.warning = "serves without reliability: " + profile.error().message;
  if (!options.golden) return kept;
  auto golden = ReadGolden(version);
  if (!golden) return golden.error();
  if (*golden) kept.golden = **std::move(golden);
  return kept;
}

// Whether the profile is for this model; with allow_unassessed one that is not is dropped.
Result<void> CheckProfile(const model::PictureView& view, const LoadOptions& options, Kept& kept,
                          image::InputContract& contract) {
  if (!kept.profile) return {};
  if (auto fits = Scorer::Fits(*kept.profile, view, contract); !fits) {
    if (!options.allow_unassessed) return fits;
    kept.warning = "serves without reliability: " + fits.error().message;
    kept.profile.reset();
    kept.similar.reset();
  } else if (!options.overrides.range) {
    contract.range = ToValueRange(kept.profile->scaling);
  }
  return {};
}

// How often a picture goes through a model that answers at random.
int Passes(const LoadOptions& options, const Kept& kept) {
  const bool calibrated = kept.profile && kept.profile->stochastic;
  return calibrated ? static_cast<int>(kept.profile->passes) : options.samples;
}

// Contract, labels and passes of a picture classifier.
Result<void> DescribePictures(const LoadOptions& options, Kept& kept, Parts& parts) {
  const model::ModelInfo& info = parts.model->info();
  auto contract = MakeContract(info.view->input, options.overrides);
  if (!contract) return contract.error();
  if (auto checked = CheckProfile(*info.view, options, kept, *contract); !checked) return checked;
  parts.contract = *std::move(contract);
  const int classes = info.view->classes;
  parts.labels = options.overrides.labels;
  if (parts.labels.empty() && kept.profile) parts.labels = kept.profile->labels;
  if (parts.labels.empty()) parts.labels = NumberLabels(classes);
  if (static_cast<int>(parts.labels.size()) != classes) {
    return Error{Code::kInvalidArgument, std::to_string(parts.labels.size()) +
                                             " labels are given, but the model has " +
                                             std::to_string(classes) + " classes"};
  }
  if (info.random_op || (kept.profile && kept.profile->stochastic)) {
    parts.passes.samples = Passes(options, kept);
  }
  return {};
}

// Of any other model nothing is known but its tensors.
Result<void> DescribeTensors(const Kept& kept) {
  if (!kept.profile && kept.golden.inputs.empty()) return {};
  return Error{
      Code::kFailedPrecondition,
      "the version has a reliability profile or golden inputs, but its model is no picture "
      "classifier"};
}

// Tensors of zeros, one element long where the model takes any length.
std::vector<model::Tensor> Zeros(const model::ModelInfo& info) {
  std::vector<model::Tensor> zeros;
  for (const model::TensorSpec& spec : info.inputs) {
    model::Tensor tensor{.name = spec.name, .type = spec.type, .shape = spec.shape, .data = {}};
    for (std::int64_t& side : tensor.shape) side = side < 0 ? 1 : side;
    tensor.data.resize(static_cast<std::size_t>(tensor.elements()) *
                       model::ElementBytes(tensor.type));
    zeros.push_back(std::move(tensor));
  }
  return zeros;
}

// Whether a lane is to have no runner: an I/O lane, of a model that is left to the compute threads.
bool TooHeavyFor(int lane, const Lanes& lanes, std::chrono::nanoseconds run_cost) {
  return lane < lanes.io && lanes.compute > 0 && run_cost > lanes.inline_cost_max;
}

// Tries a runner of a picture classifier; the first one in full.
Result<void> TryPictures(bool first, Runner& runner, SelfTest& test, Loaded& loaded) {
  if (!first) return test.WithOne(runner);
  if (auto passed = test.InFull(runner); !passed) return passed;
  const auto cost = test.Timed(runner);
  if (!cost) return cost.error();
  loaded.run_cost = *cost;
  return {};
}

// The same of any other model. What it answers on zeros is not judged, and it may refuse their
// shapes: they only show what it costs.
void TryTensors(Runner& runner, const Clock& clock, Loaded& loaded) {
  const Predictor& predictor = *loaded.predictor;
  Answer answer;
  answer.tensors = Zeros(predictor.model_info());
  const Task task{.answer = &answer};
  Timings timings;
  const SteadyTime start = clock.Now();
  predictor.Run({&task, 1}, runner, timings);
  loaded.run_cost = clock.Now() - start;
}

// One a lane; the last first, since it says whether the others are wanted.
Result<void> MakeRunners(const Lanes& lanes, const Clock& clock, Loaded& loaded) {
  const Predictor& predictor = *loaded.predictor;
  loaded.runners.resize(static_cast<std::size_t>(lanes.count()));
  std::optional<SelfTest> test;
  if (predictor.takes_pictures()) test.emplace(predictor, clock);
  for (int lane = lanes.count() - 1; lane >= 0; --lane) {
    const bool first = lane == lanes.count() - 1;
    if (TooHeavyFor(lane, lanes, loaded.run_cost)) break;
    auto runner = predictor.NewRunner();
    if (!runner) return runner.error();
    if (!test) {
      if (first) TryTensors(**runner, clock, loaded);
    } else if (auto passed = TryPictures(first, **runner, *test, loaded); !passed) {
      return passed;
    }
    loaded.runners[static_cast<std::size_t>(lane)] = *std::move(runner);
  }
  return {};
}

}  // namespace

Result<image::InputContract> MakeContract(const model::InputSpec& input,
                                          const ContractOverrides& overrides) {
  image::InputContract contract;
  contract.height = input.height;
  contract.width = input.width;
  contract.channels = input.channels;
  contract.layout = input.layout;
  contract.element = input.element;
  if (input.element == image::ElementType::kUint8) contract.range = *ParseRange("0..255");
  if (overrides.range) {
    if (input.element == image::ElementType::kUint8 && overrides.range->name != "0..255") {
      return Error{Code::kInvalidArgument, "range " + overrides.range->name +
                                               " is asked for, but the model's input is uint8, "
                                               "which takes 0..255 only"};
    }
    contract.range = *overrides.range;
  }
  if (overrides.framing) contract.framing = *overrides.framing;
  if (overrides.fit) contract.fit = *overrides.fit;
  if (overrides.object) contract.object = *overrides.object;
  contract.background = overrides.background;
  // An object stands on something: black, as MNIST's digits, unless said otherwise.
  if (contract.framing == image::Framing::kObject && !contract.background) contract.background = 0;
  return contract;
}

Result<Loaded> Assemble(const VersionPlace& place, std::shared_ptr<const model::Model> model,
                        Kept kept, const LoadOptions& options, const Clock& clock) {
  Parts parts{.name = place.name,
              .version = place.version,
              .contract = {},
              .labels = {},
              .model = std::move(model),
              .decode_limits = options.decode_limits,
              .passes = {},
              .profile = {},
              .similar = {},
              .golden_inputs = kept.golden.inputs.size(),
              .warning = {}};
  auto described =
      parts.model->info().view ? DescribePictures(options, kept, parts) : DescribeTensors(kept);
  if (!described) return described.error();
  parts.profile = std::move(kept.profile);
  parts.similar = std::move(kept.similar);
  parts.warning = std::move(kept.warning);
  Loaded loaded;
  loaded.predictor = std::make_shared<const Predictor>(std::move(parts), clock);
  if (auto made = MakeRunners(options.lanes, clock, loaded); !made) return made.error();
  const GoldenOptions golden{.profile_seal = kept.profile_seal, .bf16 = options.bf16};
  if (auto passed = RunGolden(*loaded.predictor, loaded.last(), kept.golden, golden); !passed) {
    return passed.error();
  }
  return loaded;
}

Result<Loaded> Load(const model::Engine& engine, const VersionPlace& place,
                    const LoadOptions& options, const Clock& clock) {
  auto kept = ReadKept(place.path, options);
  if (!kept) return kept.error();
  auto own = VersionInput(place.path, kept->profile);
  if (!own) return own.error();
  LoadOptions merged = options;
  merged.overrides = Merge(options.overrides, *own);
  auto model = engine.Load(place.path,
                           {.sessions = options.lanes.count(),
                            .batch_max = options.batch_max,
                            .batch_min_random = std::max(options.samples, Passes(options, *kept)),
                            .signature = "serving_default",
                            .bf16 = options.bf16});
  if (!model) return model.error();
  return Assemble(place, *std::move(model), *std::move(kept), merged, clock);
}

}  // namespace credence::predictor
