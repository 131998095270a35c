#include "predictor/load.h"

#include <algorithm>
#include <cmath>

#include "predictor/golden.h"
#include "predictor/profile_file.h"
#include "predictor/similar.h"

namespace credence::predictor {
namespace {

constexpr int kTimedRuns = 5;
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

// Runs a lane's self-test; each lane's answers are held against `expected`, which the first fills.
Result<void> SelfTest(const Predictor& predictor, int lane, std::vector<float>& expected) {
  std::vector<Picture> pictures(static_cast<std::size_t>(std::min(predictor.batch_max(), 8)));
  std::vector<Picture*> all;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    FillCanonical(static_cast<int>(i), predictor.contract(), pictures[i].adapted.canonical);
    all.push_back(&pictures[i]);
  }
  std::vector<float> answers;
  const auto run = [&](std::span<Picture* const> batch) -> Result<void> {
    predictor.Run(batch, lane);
    for (const Picture* picture : batch) {
      if (picture->error) return Annotate(*picture->error, "self-test");
      const auto& p = picture->prediction.prediction;
      answers.insert(answers.end(), p.begin(), p.end());
    }
    return {};
  };
  for (Picture*& picture : all) {
    if (auto done = run({&picture, 1}); !done) return done;
  }
  if (auto done = run(all); !done) return done;
  if (predictor.samples() > 1) return {};
  const std::size_t half = answers.size() / 2;
  if (expected.empty()) expected.assign(answers.begin(), answers.begin() + static_cast<long>(half));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (std::abs(answers[i] - expected[i % half]) > kSelfTestTolerance) {
      return Error{Code::kInternal, "self-test: the same picture gave " +
                                        std::to_string(expected[i % half]) + " and then " +
                                        std::to_string(answers[i]) +
                                        " for one class; the limit is 0.0001"};
    }
  }
  return {};
}

std::chrono::nanoseconds MeasureCost(const Predictor& predictor, const Clock& clock) {
  Picture picture;
  FillCanonical(1, predictor.contract(), picture.adapted.canonical);
  Picture* one = &picture;
  std::vector<std::chrono::nanoseconds> times;
  for (int i = 0; i < kTimedRuns; ++i) {
    const SteadyTime start = clock.Now();
    predictor.Run({&one, 1}, 0);
    times.push_back(clock.Now() - start);
  }
  std::sort(times.begin(), times.end());
  return times[kTimedRuns / 2];
}

std::vector<std::string> NumberLabels(int classes) {
  std::vector<std::string> labels;
  for (int k = 0; k < classes; ++k) labels.push_back(std::to_string(k));
  return labels;
}

// The pictures for explanations, if the version keeps any and has a profile that they belong to.
Result<void> AddSimilar(const std::filesystem::path& version, const LoadOptions& options,
                        Predictor& predictor) {
  if (predictor.profile() == nullptr) return {};
  auto known = ReadKnownPictures(version);
  std::optional<Error> refusal;
  if (!known) {
    refusal = known.error();
  } else if (*known) {
    auto index = SimilarIndex::Make(**std::move(known), *predictor.profile(), ProfileSeal(version));
    if (index) {
      predictor.set_similar(*std::move(index));
    } else {
      refusal = index.error();
    }
  }
  if (!refusal) return {};
  if (!options.allow_unassessed) return *refusal;
  predictor.set_warning("explains without similar pictures: " + refusal->message);
  return {};
}

Result<void> PassGolden(const std::filesystem::path& version, const LoadOptions& options,
                        Predictor& predictor) {
  const auto golden = ReadGolden(version);
  if (!golden) return golden.error();
  if (!*golden) return {};
  auto passed =
      RunGolden(predictor, **golden, {.profile_seal = ProfileSeal(version), .bf16 = options.bf16});
  if (passed) predictor.set_golden_inputs((*golden)->inputs.size());
  return passed;
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

Result<std::shared_ptr<Predictor>> Assemble(std::string name, int version,
                                            std::unique_ptr<model::Model> model,
                                            std::optional<reliability::Profile> profile,
                                            const LoadOptions& options, const Clock& clock) {
  auto contract = MakeContract(model->info().input, options.overrides);
  if (!contract) return contract.error();
  std::string warning;
  if (profile) {
    if (auto fits = Scorer::Fits(*profile, model->info(), *contract); !fits) {
      if (!options.allow_unassessed) return fits.error();
      warning = "serves without reliability: " + fits.error().message;
      profile.reset();
    } else if (!options.overrides.range) {
      contract->range = ToValueRange(profile->scaling);
    }
  }
  const int classes = model->info().classes;
  std::vector<std::string> labels = options.overrides.labels;
  if (labels.empty() && profile) labels = profile->labels;
  if (labels.empty()) labels = NumberLabels(classes);
  if (static_cast<int>(labels.size()) != classes) {
    return Error{Code::kInvalidArgument, std::to_string(labels.size()) +
                                             " labels are given, but the model has " +
                                             std::to_string(classes) + " classes"};
  }
  int samples = model->info().random_op ? options.samples : 1;
  if (profile && profile->stochastic) samples = static_cast<int>(profile->passes);
  Parts parts{.name = std::move(name),
              .version = version,
              .contract = *std::move(contract),
              .labels = std::move(labels),
              .model = nullptr,
              .sessions = {},
              .decode_limits = options.decode_limits,
              .samples = samples,
              .profile = std::move(profile),
              .warning = std::move(warning)};
  for (int lane = 0; lane < options.lanes; ++lane) {
    auto session = model->NewSession();
    if (!session) return session.error();
    parts.sessions.push_back(*std::move(session));
  }
  parts.model = std::move(model);
  auto predictor = std::make_shared<Predictor>(std::move(parts), clock);
  std::vector<float> expected;
  for (int lane = 0; lane < options.lanes; ++lane) {
    if (auto tested = SelfTest(*predictor, lane, expected); !tested) return tested.error();
  }
  predictor->set_run_cost(MeasureCost(*predictor, clock));
  return predictor;
}

Result<std::shared_ptr<Predictor>> Load(const model::Engine& engine, const VersionPlace& place,
                                        const LoadOptions& options, const Clock& clock) {
  auto read = ReadProfile(place.path);
  if (!read && !options.allow_unassessed) return read.error();
  const std::string refused = read ? "" : read.error().message;  // why its profile is
  std::optional<reliability::Profile> profile = read ? *std::move(read) : std::nullopt;
  auto own = VersionInput(place.path, profile);
  if (!own) return own.error();
  LoadOptions merged = options;
  merged.overrides = Merge(options.overrides, *own);
  auto model = engine.Load(place.path, {.sessions = options.lanes,
                                        .batch_max = options.batch_max,
                                        .signature = "serving_default",
                                        .bf16 = options.bf16});
  if (!model) return model.error();
  auto predictor =
      Assemble(place.name, place.version, *std::move(model), std::move(profile), merged, clock);
  if (!predictor) return predictor;
  if (!refused.empty()) (*predictor)->set_warning("serves without reliability: " + refused);
  if (auto added = AddSimilar(place.path, options, **predictor); !added) return added.error();
  if (auto passed = PassGolden(place.path, options, **predictor); !passed) return passed.error();
  return predictor;
}

}  // namespace credence::predictor
