// CrossFit holds the pixel and feature models of A, and looks at a row of A through models that
// have not seen it.
//
// The PCA is fitted once on all of A. Class Gaussians are fitted five times, each time without one
// fold, and score that fold. A row's search of the bank skips that row. A damaged copy is treated
// like the row it was made from. Threads: immutable after construction.
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
  std::vector<float> x;              // [n_A, thumbnail size]; empty: no pixel side
  std::vector<float> features;       // [n_A, feature_size]
};

// One model output to look at.
struct LearnOutput {
  std::span<const float> logits;
  std::span<const float> features;
  std::span<const float> x;
};

class CrossFit {
 public:
  static constexpr std::size_t kFolds = 5;

  // `seed` is the user's.
  CrossFit(const LearnRows& rows, std::uint64_t seed);

  // The signals of row `source` of A, or of a copy made from it.
  reliability::Signals Look(std::size_t source, const LearnOutput& output) const;

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
                    reliability::Signals& signals) const;

  std::size_t classes_;
  double temperature_;
  reliability::PictureShape thumbnail_;
  std::vector<std::int32_t> labels_;
  std::vector<std::size_t> fold_;  // [n_A]
  Pca pca_;
  std::array<PixelModels, kFolds> without_fold_;
  PixelModels all_;
  Matrix bank_;
  std::vector<std::int32_t> bank_label_;
  std::vector<std::optional<std::size_t>> place_in_bank_;  // [n_A]
};

}  // namespace credence::fitting
