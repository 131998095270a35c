#include "data/survey.h"

#include <algorithm>

#include "data/digest.h"
#include "data/picture_hash.h"

namespace credence::data {
namespace {

constexpr std::size_t kErrorsListedMax = 1000;
constexpr std::int64_t kProgressRows = 100;

std::string ListOfErrors(const std::vector<std::string>& errors) {
  std::string text;
  const std::size_t count = std::min(errors.size(), kErrorsListedMax);
  for (std::size_t i = 0; i < count; ++i) text += "\n  " + errors[i];
  if (count < errors.size()) text += "\n  and " + std::to_string(errors.size() - count) + " more";
  return text;
}

std::string Count(std::size_t bad, const Dataset& dataset) {
  return dataset.path().string() + ": " + std::to_string(bad) + " of " +
         std::to_string(dataset.rows()) + " pictures cannot be read";
}

// The first class that has rows, and loses them all; -1: none does.
std::int32_t LostClass(const Survey& survey, const Dataset& dataset) {
  std::vector<std::int64_t> left(dataset.classes().size());
  for (const std::int32_t label : dataset.labels()) {
    if (label >= 0) ++left[static_cast<std::size_t>(label)];
  }
  for (const std::int64_t row : survey.bad) {
    const std::int32_t label = dataset.labels()[static_cast<std::size_t>(row)];
    if (label >= 0 && --left[static_cast<std::size_t>(label)] == 0) return label;
  }
  return -1;
}

}  // namespace

Result<Survey> SurveyRows(const Dataset& dataset, const SurveyProgress& progress) {
  Result<RowReader> reader = dataset.NewReader();
  if (!reader) return reader.error();
  const bool files = dataset.kind() == Kind::kCsv || dataset.kind() == Kind::kFolders;
  Survey survey;
  RowDigest digest;
  Row row;
  for (std::int64_t i = 0; i < dataset.rows(); ++i) {
    if (progress && i % kProgressRows == 0) progress(i, dataset.rows());
    if (const Result<void> read = reader->Read(i, row)) {
      digest.Add(row);
      survey.pictures.push_back(PictureHash(row.picture.pixels));
    } else if (!files) {
      return read.error();
    } else {
      survey.bad.push_back(i);
      survey.errors.push_back(read.error().message);
    }
  }
  if (progress) progress(dataset.rows(), dataset.rows());
  survey.sha256 = digest.Finish();
  return survey;
}

Result<std::vector<std::string>> LeaveOutBad(const Survey& survey, std::int64_t bad_files_max,
                                             Dataset& dataset) {
  if (survey.bad.empty()) return std::vector<std::string>();
  const std::string count = Count(survey.bad.size(), dataset);
  const std::string list = ListOfErrors(survey.errors);
  if (std::ssize(survey.bad) > bad_files_max) {
    return Error{Code::kInvalidArgument, count + "; the limit is " + std::to_string(bad_files_max) +
                                             ": mend them, or raise --bad-files-max" + list};
  }
  if (std::ssize(survey.bad) == dataset.rows()) return Error{Code::kInvalidArgument, count + list};
  if (const std::int32_t lost = LostClass(survey, dataset); lost >= 0) {
    return Error{Code::kInvalidArgument, count + ", and class '" +
                                             dataset.classes()[static_cast<std::size_t>(lost)] +
                                             "' has none without them" + list};
  }
  dataset.LeaveOut(survey.bad);
  return std::vector<std::string>{"left out: " + count + list};
}

}  // namespace credence::data
