// The cost of one assessment for the shape of mnist_cnn, and without features.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "base/random.h"
#include "reliability/assess.h"
#include "reliability/testing.h"

namespace credence::reliability {
namespace {

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
  std::vector<float> logits(shape.classes), features(shape.feature_size),
      x(shape.side * shape.side);
  for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(NormalAt(1, i));
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

}  // namespace
}  // namespace credence::reliability

BENCHMARK_MAIN();
