// What the columns of a CSV mean: a list of picture files, or pixels.
//
// Names are read in any case and without blanks, '_' and '-': "File Name" is `filename`.
//   pictures  file, filename, filepath, path, image, picture, img, imagefile, imagename, imagepath,
//             imagefilename, and the plurals of the short ones
//   labels    label, class, target, classid, classname, classlabel, category, and plurals
//   groups    group, groupid, groups;   splits   split, subset, set, usage
// If several columns could be meant, the first in the order above is taken, and a note says so.
// Other columns are ignored.
//
// Pixels are 16 or more columns side by side that are numbered ("pixel0", "pixel1", …; "1x1",
// "1x2", …; "0", "1", …), as many as a square has, or three times as many: red, green and blue of
// each pixel. A first line of nothing but numbers is no header: it is a label and pixels, or
// pixels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::data {

struct CsvColumns {
  char separator = ',';
  bool header = true;  // false: the first line has data
  std::size_t count = 0;
  std::vector<std::string> names;  // as written; without a header: empty
  std::optional<std::size_t> file, label, group, split;
  std::size_t first_pixel = 0;
  int side = 0, channels = 0;  // of a picture in pixels; side 0: there are no pixels
  std::vector<std::string> notes;

  // Of the column of groups; nullopt: there is none.
  std::optional<std::string> group_name() const {
    return group ? std::optional(names[*group]) : std::nullopt;
  }
  bool holds_pictures() const { return file || side > 0; }
  // "files by 'image', labels by 'class'", "28 x 28 x 1 pixels a line, no labels".
  std::string Text() const;
};

// text: the file's beginning, its first line at least.
// Errors: kInvalidArgument - empty, not UTF-8 text, a malformed first line, or two columns of the
//         same name, no column of the name `group_column`. A CSV without pictures is no error.
// group_column: as written, takes the place of the usual names; empty: those.
Result<CsvColumns> FindColumns(std::string_view text, const std::string& name,
                               std::string_view group_column = {});

// kInvalidArgument: there is no column of pictures; names those that there are.
Error NoPictureColumn(const CsvColumns& columns, const std::string& name);

struct CsvRow {
  std::string file;
  std::string label, group, split;  // empty where the CSV has no such column
  std::int64_t line = 0;
};

struct CsvList {
  CsvColumns columns;
  std::vector<CsvRow> rows;
};

// Reads a list of picture files.
// Errors: kInvalidArgument - as CsvReader and FindColumns; no column of files, a record with fewer
//                     fields than the header or with text beyond its last, an empty file, label,
//                     group or split; kTooLarge - more than rows_max records.
Result<CsvList> ParseCsvList(std::string_view text, const std::string& name, std::int64_t rows_max,
                             std::string_view group_column = {});

// kInvalidArgument unless the record has the columns' fields: fewer, or text beyond the last.
Result<void> CheckFields(const std::vector<std::string>& fields, const CsvColumns& columns,
                         const std::string& place);

}  // namespace credence::data
