#include "calibration/pictures.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace credence::calibration {
namespace {

reliability::PictureShape ShapeOf(const image::InputContract& contract) {
  return {.height = static_cast<std::size_t>(contract.height),
          .width = static_cast<std::size_t>(contract.width),
          .channels = static_cast<std::size_t>(contract.channels)};
}

// Whether `a` comes before `b` when runs of digits compare as numbers.
bool NaturallyBefore(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto run = [&](std::string_view text, std::size_t& at) {
    while (at < text.size() && text[at] == '0') ++at;  // leading zeros
    const std::size_t begin = at;
    while (at < text.size() && digit(text[at])) ++at;
    return text.substr(begin, at - begin);
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      const std::string_view x = run(a, i);
      const std::string_view y = run(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i, ++j;
    }
  }
  return a.size() - i < b.size() - j;
}

std::vector<std::size_t> NaturalOrder(const std::vector<std::string>& files) {
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return NaturallyBefore(files[a], files[b]); });
  return order;
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
  const bool folders = dataset.kind() == data::Kind::kFolders;
  std::vector<std::string> files;
  predictor::Answer answer;
  for (std::size_t i = 0; i < rows; ++i) {
    if (progress && i % 100 == 0) progress("reading", i, rows);
    if (auto done = prepared->Prepare(static_cast<std::int64_t>(i), answer); !done) {
      return done.error();
    }
    if (answer.adapted.blank || answer.adapted.doubtful()) {
      ++(answer.adapted.blank ? out.blank : out.doubtful);
      if (!dataset.groups().empty()) out.torn.push_back(dataset.groups()[i]);
      continue;
    }
    const auto& levels = answer.adapted.canonical.data;
    out.levels.insert(out.levels.end(), levels.begin(), levels.end());
    out.labels.push_back(dataset.labels()[i]);
    if (!dataset.groups().empty()) out.groups.push_back(dataset.groups()[i]);
    if (folders) files.push_back(dataset.File(static_cast<std::int64_t>(i)));
  }
  out.order = NaturalOrder(files);
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
