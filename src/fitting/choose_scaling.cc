#include "fitting/choose_scaling.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "fitting/streams.h"

namespace credence::fitting {
namespace {

reliability::Scaling Standardised(std::span<const std::uint8_t> levels, std::size_t channels) {
  if (channels == 3) {
    return {.name = "standardised", .mean = {.485, .456, .406}, .sd = {.229, .224, .225}};
  }
  double sum = 0;
  double squares = 0;
  for (const std::uint8_t level : levels) {
    sum += level;
    squares += static_cast<double>(level) * level;
  }
  const double n = std::max<double>(1, static_cast<double>(levels.size()));
  const double mean = sum / n;
  const double sd = std::sqrt(std::max(0.0, squares / n - mean * mean)) / 255 + 1e-9;
  return {.name = "standardised", .mean = {mean / 255, mean / 255, mean / 255}, .sd = {sd, sd, sd}};
}

}  // namespace

std::vector<std::size_t> ScalingRows(std::uint64_t seed, std::span<const std::size_t> a) {
  std::vector<std::size_t> places = Permutation(StreamSeed(seed, Stream::kScaling), a.size());
  places.resize(std::min(places.size(), kScalingRowsMax));
  std::ranges::sort(places);
  for (std::size_t& place : places) place = a[place];
  return places;
}

std::vector<reliability::Scaling> ScalingCandidates(std::span<const std::uint8_t> levels,
                                                    std::size_t channels) {
  constexpr double kByte = 1.0 / 255;
  std::vector<reliability::Scaling> candidates = {
      {.name = "0..1"},
      {.name = "0..255", .sd = {kByte, kByte, kByte}},
      {.name = "-1..1", .mean = {.5, .5, .5}, .sd = {.5, .5, .5}},
      Standardised(levels, channels),
  };
  for (std::size_t i = 0; i < 4; ++i) {
    candidates.push_back(candidates[i]);
    candidates.back().inverted = true;
  }
  return candidates;
}

Result<ScalingChoice> ChooseScaling(std::span<const double> criteria, std::size_t classes) {
  CREDENCE_CHECK(!criteria.empty());
  ScalingChoice choice;
  for (std::size_t i = 1; i < criteria.size(); ++i) {
    if (criteria[i] < criteria[choice.index] - 1e-9) choice.index = i;
  }
  const double best = criteria[choice.index];
  const double guessing = std::log(static_cast<double>(classes));
  if (!(best < kGuessShare * guessing)) {
    char text[200];
    std::snprintf(text, sizeof text,
                  "the model does not predict these labels under any value range that was tried: "
                  "the best cross entropy is %.3f nats, guessing among %zu classes has %.3f, and "
                  "%.3f is the limit",
                  best, classes, guessing, kGuessShare * guessing);
    return Error{Code::kFailedPrecondition, text};
  }
  choice.margin = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    if (i != choice.index) choice.margin = std::min(choice.margin, criteria[i] - best);
  }
  choice.ambiguous = choice.margin < 0.01;
  return choice;
}

}  // namespace credence::fitting
