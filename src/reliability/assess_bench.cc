// The cost of one assessment for the shape of mnist_cnn, without features, and with many classes;
// of the softmax with its energy; of the passes of a model that answers at random.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "reliability/assess.h"
#include "reliability/ensemble.h"
#include "reliability/logits.h"
#include "reliability/testing.h"

namespace credence::reliability {
namespace {

std::vector<float> Normals(std::uint64_t seed, std::size_t size) {
  std::vector<float> values(size);
  for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<float>(NormalAt(seed, i));
  return values;
}

void BM_Assess(benchmark::State& state, const ProfileShape& shape, bool with_features) {
  Profile profile = RandomProfile(shape);
  if (!with_features) {
    profile.feature_size = 0;
    profile.bank.clear();
    profile.bank_label.clear();
    profile.u_weight[0] = NoSignals()[0];
    for (const Signal s : {kNeighbourRatio, kFeatureNearness}) {
      profile.standard.mean[s] = profile.standard.sd[s] = profile.beta[s] = NoSignals()[s];
    }
  }
  const Assessor assessor(std::move(profile));
  const std::vector<float> logits = Normals(1, shape.classes);
  std::vector<float> features(shape.feature_size), x(shape.side * shape.side);
  for (std::size_t i = 0; i < features.size(); ++i)
    features[i] = static_cast<float>(UniformAt(2, i));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(UniformAt(3, i));
  AssessScratch scratch;
  Assessment out;
  for (auto _ : state) {
    assessor.Assess({.logits = logits, .features = features, .x = x}, scratch, out);
    benchmark::DoNotOptimize(out.logit);
  }
}

BENCHMARK_CAPTURE(BM_Assess, mnist_cnn, ProfileShape{}, true)->Unit(benchmark::kMicrosecond);
constexpr ProfileShape kManyClasses{
    .classes = 1000, .feature_size = 1280, .bank_rows = 819, .side = 32};
BENCHMARK_CAPTURE(BM_Assess, many_classes, kManyClasses, true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(BM_Assess, mnist_model, ProfileShape{}, false)->Unit(benchmark::kMicrosecond);

void BM_SoftmaxAndEnergy(benchmark::State& state) {
  const auto classes = static_cast<std::size_t>(state.range(0));
  const std::vector<float> logits = Normals(1, classes);
  std::vector<float> probabilities(classes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(ScaledSoftmax(logits, 0.9, probabilities).energy);
  }
}
BENCHMARK(BM_SoftmaxAndEnergy)->Arg(10)->Arg(1000)->Unit(benchmark::kMicrosecond);

// What mnist_dropout adds to an assessment: ten passes of ten classes, no features.
void BM_CombinePasses(benchmark::State& state) {
  constexpr std::size_t kClasses = 10;
  const std::vector<float> logits = Normals(1, kPassesDefault * kClasses);
  std::vector<float> mean(kClasses), variance(kClasses);
  std::vector<double> scratch;
  for (auto _ : state) {
    const EnsembleOutput out{.logits = mean, .variance = variance, .features = {}};
    benchmark::DoNotOptimize(CombinePasses(logits, {}, kPassesDefault, out, scratch));
  }
}
BENCHMARK(BM_CombinePasses)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace credence::reliability

BENCHMARK_MAIN();
