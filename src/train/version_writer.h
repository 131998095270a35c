// WriteVersion puts a trained network into a repository as the next version of a predictor.
//
//   ROOT/NAME/N/saved_model.pb
//   ROOT/NAME/N/assets.extra/credence/input.json      input contract, labels, provenance
//   ROOT/NAME/N/assets.extra/credence/training.jsonl  one line an epoch
//   ROOT/NAME/N/assets.extra/credence/curves.svg
//   ROOT/NAME/N/assets.extra/credence/training.pictures  hashes, by which `calibrate` knows them
//   again
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/picture_hash.h"
#include "image/input_contract.h"
#include "train/frozen_net.h"
#include "train/saved_model_writer.h"
#include "train/trainer.h"

namespace credence::train {

struct DataProvenance {
  std::string source;  // "IDX train"
  std::string sha256;  // Examples::sha256, as `credence data show` prints it; empty: there was none
  std::int64_t rows = 0;
};

struct Provenance {
  std::string tool;  // "credence-train 0.1.0"
  std::string recipe;
  std::string network;  // Describe(NetSpec)
  std::int64_t parameters = 0;
  std::uint64_t seed = 0;
  int threads = 0;
  int epochs = 0;      // that were run
  int best_epoch = 0;  // that was taken
  DataProvenance train, test;
  double validation_share = 0;  // of each class, held out by the seed
  std::int64_t validation_rows = 0;
  Quality validation, test_quality;  // test_quality counts only where test.rows > 0
};

struct VersionContent {
  const FrozenNet& net;
  InputElement element = InputElement::kFloat32;
  image::InputContract contract;  // range is not written for kUint8: the graph scales
  std::span<const std::string> labels;
  Provenance provenance;
  data::UsedPictures pictures;
  std::span<const EpochRecord> epochs;
};

// The next free number of ROOT/NAME: 1, or one more than the highest.
int NextVersion(const std::filesystem::path& predictor);

// input.json, as predictor/version_files.h reads it.
std::string EncodeInputJson(const VersionContent& content);

// One line of training.jsonl, with its end.
std::string EncodeEpoch(const EpochRecord& epoch);

// Writes beside and renames, so that a server that watches `predictor` (ROOT/NAME) never sees half
// a version. Returns the version's directory. Errors: kUnavailable - it cannot be written.
Result<std::filesystem::path> WriteVersion(const std::filesystem::path& predictor,
                                           const VersionContent& content);

}  // namespace credence::train
