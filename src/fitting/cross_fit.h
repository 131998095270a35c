// CrossFit holds the pixel and feature models of A, and looks at a row of A through models that
// have not seen it.
//
// The PCA is fitted once on all of A. Class Gaussians are fitted five times, each time without one
// fold, and score that fold. A row's search of the bank skips all rows of its group; groups are in
// one fold whole. A damaged copy is treated like the row it was made from. Threads: immutable after
// construction.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fitting/class_gaussians.h"
#include "fitting/pca.h"
#include "reliability/image_stats.h"
#include "reliability/profile.h"
#include "reliability/signals.h"

namespace credence::fitting {

// The rows of A.
struct LearnRows {
  reliability::PictureShape picture;
  std::size_t classes = 0;
  std::size_t feature_size = 0;  // 0: no feature side
  double temperature = 1;
  std::vector<std::int32_t> labels;  // [n_A]
  std::vector<std::size_t> groups;   // [n_A]: 0 .. group_count - 1
  std::size_t group_count = 0;
  std::vector<float> x;         // [n_A, thumbnail size]; empty: no pixel side
  std::vector<float> features;  // [n_A, feature_size]
};

// One model output to look at.
struct LearnOutput {
  std::span<const float> logits;
  std::span<const float> features;
  std::span<const float> x;
};

// What was seen of a row.
struct Seen {
  reliability::Signals signals = reliability::NoSignals();
  std::optional<std::size_t> second_opinion;  // the pixel model's class
};

class CrossFit {
 public:
  static constexpr std::size_t kFolds = 5;

  // `seed` is the user's.
  CrossFit(const LearnRows& rows, std::uint64_t seed);

  // Row `source` of A, or a copy made from it. d_sub is given whether it will be used or not.
  Seen Look(std::size_t source, const LearnOutput& output) const;

  // Writes the models fitted on all of A into the profile's arrays.
  void Store(reliability::Profile& profile) const;

 private:
  struct PixelModels {
    ClassGaussians shape;
    std::array<double, reliability::kStatistics> center = {};
    std::array<double, reliability::kStatistics> scale = {};
    ClassGaussians statistic;
  };

  void FitPixels(const LearnRows& rows);
  PixelModels FitModels(const Matrix& scores, const Matrix& stats,
                        const std::vector<bool>& use) const;
  void FillBank(const LearnRows& rows, std::uint64_t seed);
  void LookAtPixels(const PixelModels& models, std::span<const float> x, std::size_t predicted,
                    Seen& seen) const;

  std::size_t classes_;
  double temperature_;
  reliability::PictureShape thumbnail_;
  std::vector<std::int32_t> labels_;
  std::vector<std::size_t> group_;  // [n_A]
  std::vector<std::size_t> fold_;   // [groups]
  Pca pca_;
  std::array<PixelModels, kFolds> without_fold_;
  PixelModels all_;
  Matrix bank_;
  std::vector<std::int32_t> bank_label_;
  std::vector<std::size_t> bank_group_;
};

}  // namespace credence::fitting
