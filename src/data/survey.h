// SurveyRows looks at every picture of a data set before anything is done with it: which cannot be
// read, what its digest is, and which pictures it has.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/dataset.h"

namespace credence::data {

struct Survey {
  std::string sha256;                   // RowDigest of the rows that can be read
  std::vector<std::uint64_t> pictures;  // PictureHash of each of them
  std::vector<std::int64_t> bad;        // rows that cannot be read, ascending
  std::vector<std::string> errors;      // why, one a bad row
};

// progress: called now and then with the rows done of all; empty: not called.
// Errors: kDataLoss - an IDX file is damaged, which is no matter of single rows; kNotFound - the
//         file has gone.
using SurveyProgress = std::function<void(std::int64_t done, std::int64_t all)>;
Result<Survey> SurveyRows(const Dataset& dataset, const SurveyProgress& progress);

// Leaves the bad rows out of the data set. Returns notes: how many, and each of them.
// Errors: kInvalidArgument - more than bad_files_max, or a class or the set without pictures by it;
//         the message lists all, each in a line (the first 1000).
Result<std::vector<std::string>> LeaveOutBad(const Survey& survey, std::int64_t bad_files_max,
                                             Dataset& dataset);

}  // namespace credence::data
