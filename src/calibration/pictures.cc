#include "calibration/pictures.h"

#include <algorithm>

namespace credence::calibration {
namespace {

reliability::PictureShape ShapeOf(const image::InputContract& contract) {
  return {.height = static_cast<std::size_t>(contract.height),
          .width = static_cast<std::size_t>(contract.width),
          .channels = static_cast<std::size_t>(contract.channels)};
}

}  // namespace

Result<PreparedRows> PreparedRows::Open(const data::Dataset& dataset,
                                        const predictor::Predictor& predictor) {
  const std::size_t size = ShapeOf(predictor.contract()).size();
  if (static_cast<std::size_t>(dataset.rows()) >
      static_cast<std::size_t>(kPictureBytesMax) / size) {
    return Error{Code::kTooLarge, std::to_string(dataset.rows()) + " pictures of " +
                                      std::to_string(size) + " bytes; the limit is " +
                                      std::to_string(kPictureBytesMax) +
                                      " bytes: take a part with --rows"};
  }
  auto reader = dataset.NewReader();
  if (!reader) return reader.error();
  return PreparedRows(dataset, predictor, *std::move(reader));
}

Result<void> PreparedRows::Prepare(std::int64_t index, predictor::Answer& answer) {
  if (auto read = reader_.Read(index, row_); !read) return read;
  digest_.Add(row_);
  predictor::Input input = predictor::DecodedPicture{&row_.picture.pixels};
  if (!row_.file.empty()) input = predictor::EncodedPicture{row_.file};
  predictor::Timings timings;
  predictor_->Prepare(input, workspace_, answer, timings);
  if (answer.error) return Annotate(*answer.error, dataset_->Name(index));
  return {};
}

Result<Pictures> ReadPictures(const data::Dataset& dataset, const predictor::Predictor& predictor,
                              const Progress& progress) {
  auto prepared = PreparedRows::Open(dataset, predictor);
  if (!prepared) return prepared.error();
  const auto rows = static_cast<std::size_t>(dataset.rows());
  Pictures out;
  out.shape = ShapeOf(predictor.contract());
  out.levels.reserve(rows * out.shape.size());
  predictor::Answer answer;
  for (std::size_t i = 0; i < rows; ++i) {
    if (progress && i % 100 == 0) progress("reading", i, rows);
    if (auto done = prepared->Prepare(static_cast<std::int64_t>(i), answer); !done) {
      return done.error();
    }
    if (answer.adapted.blank) {
      ++out.blank;
      continue;
    }
    if (answer.adapted.doubtful()) {
      ++out.doubtful;
      continue;
    }
    const auto& levels = answer.adapted.canonical.data;
    out.levels.insert(out.levels.end(), levels.begin(), levels.end());
    out.labels.push_back(dataset.labels()[i]);
  }
  if (progress) progress("reading", rows, rows);
  out.digest = prepared->Digest();
  return out;
}

Result<void> CheckLabels(const data::Dataset& dataset, int classes) {
  const auto labels = dataset.labels();
  const auto bad = std::find_if(labels.begin(), labels.end(),
                                [=](std::int32_t label) { return label < 0 || label >= classes; });
  if (bad == labels.end()) return {};
  const std::string name = dataset.Name(bad - labels.begin());
  if (*bad < 0) return Error{Code::kInvalidArgument, name + " has no label"};
  return Error{Code::kInvalidArgument,
               name + ": label " + std::to_string(*bad) + "; the model has the classes 0 to " +
                   std::to_string(classes - 1) + ", whose names --labels FILE gives, a line each"};
}

}  // namespace credence::calibration
