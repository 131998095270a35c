#include "predictor/load.h"

#include <algorithm>
#include <cmath>

#include "predictor/golden.h"
#include "predictor/profile_file.h"
#include "predictor/similar.h"

namespace credence::predictor {
namespace {

constexpr int kTimedRuns = 5;
constexpr std::chrono::milliseconds kTimedEnough{20};  // no further run after that
constexpr float kSelfTestTolerance = 1e-4f;
constexpr double kSumTolerance = 1e-3;  // as what is taken for probabilities may miss 1
constexpr const char* kBatchMatters =
    "; the second time it was in a batch: --batch-max 1 runs every picture alone (dynamic "
    "quantisation, for one, takes its scale from the whole batch)";

// A blank picture for i = 0, a seeded pattern for every other.
void FillCanonical(int i, const image::InputContract& contract, image::Pixels& out) {
  out.Reshape(contract.width, contract.height, contract.channels);
  std::uint32_t state = 2463534242u + static_cast<std::uint32_t>(i);
  for (std::uint8_t& level : out.data) {
    state ^= state << 13, state ^= state >> 17, state ^= state << 5;  // xorshift32 (Marsaglia 2003)
    level = i == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(state >> 24);
  }
}

// What a run costs, from some of them: the shortest, as a busy machine makes the others longer, and
// a model that was taken for a heavy one stays one. By the wall clock: of a model with several
// streams the thread's own clock shows nothing, since the engine runs it on other threads.
class RunCost {
 public:
  void Add(std::chrono::nanoseconds run) { shortest_ = std::min(shortest_, run), ++runs_; }
  // A run that takes long was timed well enough already.
  bool WantsMore() const { return runs_ < kTimedRuns && shortest_ * runs_ < kTimedEnough; }
  std::chrono::nanoseconds shortest() const { return shortest_; }

 private:
  int runs_ = 0;
  std::chrono::nanoseconds shortest_ = std::chrono::hours(24);
};

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
      if (auto done = RunTimed(runner, i); !done) return done;
    }
    if (predictor_.batch_max() == 1) return {};
    return Run(runner, 0, tasks_.size());
  }
  // The first pattern.
  Result<void> WithOne(Runner& runner) { return Run(runner, 1, 1); }
  // After InFull, whose runs of one picture count.
  Result<std::chrono::nanoseconds> Cost(Runner& runner) {
    while (cost_.WantsMore()) {
      if (auto done = RunTimed(runner, 1); !done) return done.error();
    }
    return cost_.shortest();
  }

 private:
  static std::size_t Size(int n) { return static_cast<std::size_t>(n); }

  Result<void> RunTimed(Runner& runner, std::size_t picture) {
    const SteadyTime start = clock_.Now();
    auto done = Run(runner, picture, 1);
    cost_.Add(clock_.Now() - start);
    return done;
  }

  Result<void> Run(Runner& runner, std::size_t first, std::size_t count) {
    Timings timings;
    predictor_.Run(std::span(tasks_).subspan(first, count), runner, timings);
    for (std::size_t i = first; i < first + count; ++i) {
      if (answers_[i].error) return Annotate(*answers_[i].error, "self-test");
      if (auto summed = CheckDistribution(i); !summed) return summed;
      if (auto same = Compare(i, count); !same) return same;
    }
    return {};
  }

  Result<void> CheckDistribution(std::size_t picture) const {
    double sum = 0;
    float least = 0;
    for (const float p : answers_[picture].prediction.prediction) {
      sum += static_cast<double>(p);
      least = std::min(least, p);
    }
    if (least >= 0 && std::abs(sum - 1) <= kSumTolerance) return {};
    return Error{Code::kInternal,
                 "self-test: the classes of a picture have probabilities with the sum " +
                     std::to_string(sum) + " and the least " + std::to_string(least) +
                     "; a distribution sums to 1: is the softmax over another axis than the "
                     "classes? If these are no probabilities, say what they are by --scores"};
  }

  Result<void> Compare(std::size_t picture, std::size_t batch) {
    if (predictor_.samples() > 1) return {};
    const std::vector<float>& got = answers_[picture].prediction.prediction;
    expected_.resize(answers_.size());
    std::vector<float>& expected = expected_[picture];
    if (expected.empty()) expected = got;
    for (std::size_t k = 0; k < got.size(); ++k) {
      if (std::abs(got[k] - expected[k]) <= kSelfTestTolerance) continue;
      return Error{Code::kInternal,
                   "self-test: the same picture gave " + std::to_string(expected[k]) +
                       " and then " + std::to_string(got[k]) +
                       " for one class; the limit is 0.0001" + (batch == 1 ? "" : kBatchMatters)};
    }
    return {};
  }

  const Predictor& predictor_;
  const Clock& clock_;
  RunCost cost_;
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
  auto known = ReadKnownPictures(version, kept.profile_seal);
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

// The profile, if the version has one, and its seal.
Result<void> ReadOwnProfile(const std::filesystem::path& version, Kept& kept) {
  auto profile = ReadProfile(version);
  if (!profile) return profile.error();
  auto seal = ProfileSeal(version);
  if (!seal) return seal.error();
  kept.profile = *std::move(profile);
  kept.profile_seal = *std::move(seal);
  return {};
}

Result<Kept> ReadKept(const std::filesystem::path& version, const LoadOptions& options) {
  Kept kept;
  const auto profile = ReadOwnProfile(version, kept);
  if (!profile && !options.allow_unassessed) return profile.error();
  if (auto read = ReadSimilar(version, options, kept); !read) return read.error();
  if (!profile) kept.warning = "serves without reliability: " + profile.error().message;
  if (auto pages = ReadPages(version); pages) {
    kept.pages = *std::move(pages);
  } else if (kept.warning.empty()) {
    kept.warning = "keeps pages that nobody can read: " + pages.error().message;
  }
  if (!options.golden) return kept;
  auto golden = ReadGolden(version, kept.profile_seal);
  if (!golden) return golden.error();
  if (*golden) kept.golden = **std::move(golden);
  return kept;
}

// Whether the profile is for this model; with allow_unassessed one that is not is dropped.
Result<void> CheckProfile(const model::ModelInfo& info, const LoadOptions& options, Kept& kept,
                          image::InputContract& contract) {
  if (!kept.profile) return {};
  auto fits = Scorer::Fits(*kept.profile, *info.view, contract);
  const std::string& fitted = kept.profile->provenance.signature;
  if (fits && fitted != info.signature) {
    fits = Error{Code::kFailedPrecondition, "the profile was fitted on the signature \"" + fitted +
                                                "\", not \"" + info.signature + "\""};
  }
  if (!fits) {
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
  if (auto checked = CheckProfile(info, options, kept, *contract); !checked) return checked;
  parts.contract = *std::move(contract);
  if (!kept.profile) parts.assumed = Assumptions(*info.view, parts.contract, options.overrides);
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
  const auto cost = test.Cost(runner);
  if (!cost) return cost.error();
  loaded.run_cost = *cost;
  return {};
}

// The same of any other model. What it answers on zeros is not judged, and it may refuse their
// shapes: they only show what it costs.
void TryTensors(Runner& runner, const Clock& clock, Loaded& loaded) {
  const Predictor& predictor = *loaded.predictor;
  const std::vector<model::Tensor> zeros = Zeros(predictor.model_info());
  RunCost cost;
  while (cost.WantsMore()) {
    Answer answer;
    answer.tensors = zeros;
    const Task task{.answer = &answer};
    Timings timings;
    const SteadyTime start = clock.Now();
    predictor.Run({&task, 1}, runner, timings);
    cost.Add(clock.Now() - start);
  }
  loaded.run_cost = cost.shortest();
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
    auto runner = predictor.NewRunner(lanes.SlotOf(lane));
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
  if (input.range) contract.range = *input.range;
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
  if (overrides.channel_order) {
    if (input.channels == 1 && *overrides.channel_order == image::ChannelOrder::kBgr) {
      return Error{Code::kInvalidArgument,
                   "channel order bgr is asked for, but the model's input has one channel"};
    }
    contract.channel_order = *overrides.channel_order;
  }
  // An object stands on something: black, as MNIST's digits, unless said otherwise.
  if (contract.framing == image::Framing::kObject && !contract.background) contract.background = 0;
  return contract;
}

std::vector<std::string> Assumptions(const model::PictureView& view,
                                     const image::InputContract& contract,
                                     const ContractOverrides& overrides) {
  std::vector<std::string> assumed = view.assumed;
  const bool read = view.input.range ? !view.input.range_is_guess
                                     : view.input.element == image::ElementType::kUint8;
  if (!overrides.range && !read) {
    assumed.push_back("black and white are " + contract.range.name +
                      ", which nothing in the model says (--input-range LOW..HIGH)");
  }
  return assumed;
}

model::LoadOptions EngineOptions(const LoadOptions& options, const ContractOverrides& overrides) {
  return {.slots = options.lanes.slots(),
          .batch_max = options.batch_max,
          .signature = overrides.signature,
          .input_size = overrides.input_size,
          .scores = overrides.scores,
          .bf16 = options.bf16};
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
              .assumed = {},
              .warning = {}};
  auto described =
      parts.model->info().view ? DescribePictures(options, kept, parts) : DescribeTensors(kept);
  if (!described) return described.error();
  parts.profile = std::move(kept.profile);
  parts.similar = std::move(kept.similar);
  parts.warning = std::move(kept.warning);
  parts.pages = std::move(kept.pages);
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
  model::LoadOptions engine_options = EngineOptions(options, merged.overrides);
  engine_options.batch_min_random = std::max(options.samples, Passes(options, *kept));
  auto model = engine.Load(place.path, engine_options);
  if (!model) return model.error();
  return Assemble(place, *std::move(model), *std::move(kept), merged, clock);
}

}  // namespace credence::predictor
