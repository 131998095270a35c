#include "data/dataset.h"

#include <algorithm>

#include "base/check.h"

namespace credence::data {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kIdx:
      return "IDX";
    case Kind::kFolders:
      return "class folders";
    case Kind::kCsv:
      return "CSV";
  }
  return "";
}

Dataset::Dataset(Parts parts, const Slice& rows)
    : parts_(std::move(parts)), selection_(Resolve(rows, parts_.pictures->rows())) {
  CREDENCE_CHECK(std::ssize(parts_.labels) == parts_.pictures->rows());
  CREDENCE_CHECK(std::all_of(parts_.labels.begin(), parts_.labels.end(), [&](std::int32_t label) {
    return label >= -1 && label < std::ssize(parts_.classes);
  }));
  labels_.reserve(static_cast<std::size_t>(selection_.count));
  for (std::int64_t i = 0; i < selection_.count; ++i) {
    labels_.push_back(parts_.labels[static_cast<std::size_t>(selection_[i])]);
  }
  parts_.labels = {};
}

Result<RowReader> Dataset::NewReader() const {
  Result<std::unique_ptr<PictureReader>> pictures = parts_.pictures->NewReader();
  if (!pictures) return pictures.error();
  return RowReader(*this, std::move(*pictures));
}

Result<void> RowReader::Read(std::int64_t index, Row& out) {
  CREDENCE_CHECK(index >= 0 && index < dataset_->rows());
  out.label = dataset_->labels_[static_cast<std::size_t>(index)];
  out.number = dataset_->Number(index);
  const Result<void> read = pictures_->Read(out.number, out.picture);
  out.file = pictures_->file();
  return read;
}

}  // namespace credence::data
