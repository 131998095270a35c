#include "data/dataset.h"

#include <algorithm>

#include "base/check.h"

namespace credence::data {
namespace {

std::vector<std::int32_t> Selected(const std::vector<std::int32_t>& all, const RowRange& range) {
  std::vector<std::int32_t> selected;
  selected.reserve(static_cast<std::size_t>(range.count));
  for (std::int64_t i = 0; i < range.count; ++i) {
    selected.push_back(all[static_cast<std::size_t>(range[i])]);
  }
  return selected;
}

void Transpose(image::Pixels& pixels) {
  image::Pixels out;
  out.Reshape(pixels.height, pixels.width, pixels.channels);
  for (int y = 0; y < pixels.height; ++y) {
    for (int x = 0; x < pixels.width; ++x) {
      std::copy_n(pixels.row(y) + x * pixels.channels, pixels.channels,
                  out.row(x) + y * pixels.channels);
    }
  }
  pixels = std::move(out);
}

}  // namespace

Result<Layout> ParseLayout(std::string_view text) {
  const auto found = std::find(kLayoutNames.begin(), kLayoutNames.end(), text);
  if (found != kLayoutNames.end()) return static_cast<Layout>(found - kLayoutNames.begin());
  std::string names;
  for (const std::string_view name : kLayoutNames)
    names += (names.empty() ? "" : ", ") + std::string(name);
  return Error{Code::kInvalidArgument,
               "layout '" + std::string(text) + "' is unknown; known are " + names};
}

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kIdx:
      return "IDX";
    case Kind::kFolders:
      return "class folders";
    case Kind::kCsv:
      return "CSV";
    case Kind::kPixelCsv:
      return "CSV of pixels";
  }
  return "";
}

Dataset::Dataset(Parts parts, const Slice& rows)
    : parts_(std::move(parts)), selection_(Resolve(rows, parts_.pictures->rows())) {
  CREDENCE_CHECK(std::ssize(parts_.labels) == parts_.pictures->rows());
  CREDENCE_CHECK(parts_.written.size() == parts_.labels.size());
  CREDENCE_CHECK(parts_.groups.empty() || parts_.groups.size() == parts_.labels.size());
  CREDENCE_CHECK(std::all_of(parts_.labels.begin(), parts_.labels.end(), [&](std::int32_t label) {
    return label >= -1 && label < std::ssize(parts_.classes);
  }));
  labels_ = Selected(parts_.labels, selection_);
  written_ = Selected(parts_.written, selection_);
  if (!parts_.groups.empty()) groups_ = Selected(parts_.groups, selection_);
  parts_.labels = parts_.written = parts_.groups = {};
}

void Dataset::LeaveOut(std::span<const std::int64_t> rows) {
  if (rows.empty()) return;
  std::vector<std::int64_t> kept;
  std::size_t next = 0;
  const auto keep = [&](std::vector<std::int32_t>& values, std::int64_t from) {
    if (!values.empty()) values[kept.size()] = values[static_cast<std::size_t>(from)];
  };
  for (std::int64_t i = 0; i < this->rows(); ++i) {
    if (next < rows.size() && rows[next] == i) {
      ++next;
      continue;
    }
    keep(labels_, i);
    keep(written_, i);
    keep(groups_, i);
    kept.push_back(Number(i));
  }
  CREDENCE_CHECK(next == rows.size());
  labels_.resize(kept.size());
  written_.resize(kept.size());
  if (!groups_.empty()) groups_.resize(kept.size());
  kept_ = std::move(kept);
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
  out.written = dataset_->written_[static_cast<std::size_t>(index)];
  const Result<void> read = pictures_->Read(out.number, out.picture);
  out.file = pictures_->file();
  if (read && dataset_->parts_.transpose) Transpose(out.picture.pixels);
  return read;
}

}  // namespace credence::data
