#include "calibration/pictures.h"

#include <algorithm>

#include "data/digest.h"
#include "image/adapt.h"

namespace credence::calibration {

Result<Pictures> ReadPictures(const data::Dataset& dataset, const image::InputContract& contract,
                              const Progress& progress) {
  Pictures out;
  out.shape = {.height = static_cast<std::size_t>(contract.height),
               .width = static_cast<std::size_t>(contract.width),
               .channels = static_cast<std::size_t>(contract.channels)};
  const auto rows = static_cast<std::size_t>(dataset.rows());
  if (rows > static_cast<std::size_t>(kPictureBytesMax) / out.shape.size()) {
    return Error{Code::kTooLarge, std::to_string(rows) + " pictures of " +
                                      std::to_string(out.shape.size()) + " bytes; the limit is " +
                                      std::to_string(kPictureBytesMax) +
                                      " bytes: take a part with --rows"};
  }
  auto reader = dataset.NewReader();
  if (!reader) return reader.error();
  out.levels.reserve(rows * out.shape.size());
  out.labels.assign(dataset.labels().begin(), dataset.labels().end());
  image::InputContract untouched = contract;
  untouched.framing = image::Framing::kWhole;
  image::AdaptScratch scratch;
  image::Adapted adapted;
  data::RowDigest digest;
  data::Row row;
  for (std::size_t i = 0; i < rows; ++i) {
    if (progress && i % 100 == 0) progress("reading", i, rows);
    const auto index = static_cast<std::int64_t>(i);
    if (auto read = reader->Read(index, row); !read) return read.error();
    digest.Add(row);
    const image::Pixels& pixels = row.picture.pixels;
    const bool is_canonical =
        row.file.empty() && pixels.width == contract.width && pixels.height == contract.height;
    image::Adapt(row.picture, is_canonical ? untouched : contract, scratch, adapted);
    const auto& levels = adapted.canonical.data;
    out.levels.insert(out.levels.end(), levels.begin(), levels.end());
  }
  if (progress) progress("reading", rows, rows);
  out.digest = digest.Finish();
  return out;
}

Result<void> CheckLabels(const data::Dataset& dataset, int classes) {
  const auto labels = dataset.labels();
  const auto bad = std::find_if(labels.begin(), labels.end(),
                                [=](std::int32_t label) { return label < 0 || label >= classes; });
  if (bad == labels.end()) return {};
  const std::string name = dataset.Name(bad - labels.begin());
  if (*bad < 0) return Error{Code::kInvalidArgument, name + " has no label"};
  return Error{Code::kInvalidArgument, name + ": label " + std::to_string(*bad) +
                                           "; the model has the classes 0 to " +
                                           std::to_string(classes - 1)};
}

}  // namespace credence::calibration
