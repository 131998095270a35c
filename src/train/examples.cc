#include "train/examples.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/sha256.h"
#include "data/survey.h"
#include "image/adapt.h"

namespace credence::train {
namespace {

constexpr std::int64_t kGreySample = 200;  // pictures looked at to tell grey data from colour

std::string SizeOf(const image::Pixels& pixels) {
  return std::to_string(pixels.width) + "x" + std::to_string(pixels.height) + " px";
}

bool IsGrey(const image::Pixels& pixels) {
  if (pixels.channels <= 2) return true;
  const auto step = static_cast<std::size_t>(pixels.channels);
  for (std::size_t i = 0; i + 2 < pixels.data.size(); i += step) {
    if (pixels.data[i] != pixels.data[i + 1] || pixels.data[i] != pixels.data[i + 2]) return false;
  }
  return true;
}

// The size of the first picture (or side_px) and the channels of a sample.
Result<image::InputContract> ChooseContract(const data::Dataset& dataset,
                                            const LoadExamplesOptions& options) {
  auto reader = dataset.NewReader();
  if (!reader) return reader.error();
  image::InputContract contract;
  contract.channels = 1;
  contract.framing = options.framing;
  data::Row row;
  for (std::int64_t i = 0; i < std::min(dataset.rows(), kGreySample); ++i) {
    if (auto read = reader->Read(i, row); !read) return read.error();
    const image::Pixels& pixels = row.picture.pixels;
    if (i == 0) {
      contract.height = options.side_px.value_or(pixels.height);
      contract.width = options.side_px.value_or(pixels.width);
    }
    if (!IsGrey(pixels)) contract.channels = 3;
  }
  return contract;
}

std::span<const std::uint8_t> BytesOf(std::span<const std::int32_t> numbers) {
  return {reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size_bytes()};
}

std::string DigestOf(const Examples& examples) {
  const std::int32_t shape[] = {examples.shape.height, examples.shape.width,
                                examples.shape.channels};
  Sha256 sha;
  sha.Add(BytesOf(shape));
  sha.Add(BytesOf(examples.labels));
  sha.Add(examples.levels);
  return ToHex(sha.Finish());
}

// Appends every row of `dataset` as `contract` wants it.
Result<void> ReadRows(const data::Dataset& dataset, const image::InputContract& contract,
                      const LoadExamplesOptions& options, Examples& out) {
  auto reader = dataset.NewReader();
  if (!reader) return reader.error();
  data::Row row;
  image::AdaptScratch scratch;
  image::Adapted adapted;
  for (std::int64_t i = 0; i < dataset.rows(); ++i) {
    if (auto read = reader->Read(i, row); !read) return read.error();
    const image::Pixels& pixels = row.picture.pixels;
    if (row.label < 0) return Invalid(dataset.Name(i) + " has no label");
    if (!options.side_px && (pixels.height != contract.height || pixels.width != contract.width)) {
      return Invalid(dataset.Name(i) + " is " + SizeOf(pixels) + " and the first is " +
                     std::to_string(contract.width) + "x" + std::to_string(contract.height) +
                     " px; choose one size with --side");
    }
    if (!row.file.empty()) {
      image::Adapt(row.picture, contract, scratch, adapted);
    } else {
      const image::Adaptation origin{.step = image::Adaptation::Step::kArray,
                                     .width = pixels.width,
                                     .height = pixels.height,
                                     .channels = pixels.channels};
      image::Adapt(pixels, origin, contract, scratch, adapted);
    }
    const auto& levels = adapted.canonical.data;
    out.levels.insert(out.levels.end(), levels.begin(), levels.end());
    out.labels.push_back(row.label);
  }
  return {};
}

}  // namespace

Result<Examples> LoadExamples(const std::filesystem::path& path,
                              const LoadExamplesOptions& options) {
  auto dataset = data::Open(path, options.open);
  if (!dataset) return dataset.error();
  if (dataset->classes().size() < 2) {
    return Invalid(path.string() + " has " + std::to_string(dataset->classes().size()) +
                   " classes; 2 or more are needed");
  }
  auto survey = data::SurveyRows(*dataset, {});
  if (!survey) return survey.error();
  auto left_out = data::LeaveOutBad(*survey, options.bad_files_max, *dataset);
  if (!left_out) return left_out.error();
  auto contract = ChooseContract(*dataset, options);
  if (!contract) return contract.error();
  Examples examples{.shape = {contract->height, contract->width, contract->channels},
                    .levels = {},
                    .labels = {},
                    .classes = dataset->classes(),
                    .source = std::string(data::KindName(dataset->kind())),
                    .split = dataset->split(),
                    .sha256 = std::move(survey->sha256),
                    .made_sha256 = {},
                    .pictures = std::move(survey->pictures),
                    .groups = {dataset->groups().begin(), dataset->groups().end()},
                    .notes = dataset->notes()};
  examples.notes.insert(examples.notes.end(), left_out->begin(), left_out->end());
  if (!dataset->split().empty()) examples.source += " " + dataset->split();
  const std::int64_t bytes = examples.shape.size() * dataset->rows();
  if (bytes > options.bytes_max) {
    return Error{Code::kTooLarge, path.string() + " takes " + std::to_string(bytes) +
                                      " bytes of memory; the limit is " +
                                      std::to_string(options.bytes_max) +
                                      "; take a part of the rows or a smaller side"};
  }
  examples.levels.reserve(static_cast<std::size_t>(bytes));
  if (auto read = ReadRows(*dataset, *contract, options, examples); !read) return read.error();
  examples.made_sha256 = DigestOf(examples);
  return examples;
}

}  // namespace credence::train
