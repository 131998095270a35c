#include <algorithm>
#include <string>
#include <system_error>

#include "data/classes.h"
#include "data/csv.h"
#include "data/dataset.h"
#include "data/idx.h"
#include "data/picture_files.h"
#include "data/splits.h"

namespace credence::data {
namespace {

namespace fs = std::filesystem;

Error NoLabels(const fs::path& path, std::string_view expected) {
  return {Code::kNotFound, path.string() + ": no labels; expected " + std::string(expected)};
}

Error NoDecoder(const fs::path& path) {
  return {Code::kUnimplemented, path.string() + ": picture files cannot be decoded here"};
}

ClassOptions ClassesOf(const OpenOptions& options, const fs::path& path) {
  return {path.string(), options.classes, options.limits.classes_max};
}

Result<Dataset::Parts> OpenIdx(const Split& split, const OpenOptions& options) {
  const IdxLimits limits{options.limits.rows_max, options.limits.pixels_max};
  Result<std::unique_ptr<const PictureSource>> pictures = OpenIdxPictures(split.pictures, limits);
  if (!pictures) return pictures.error();
  Dataset::Parts parts;
  parts.pictures = std::move(*pictures);
  if (split.labels.empty()) {
    if (options.labels == Labels::kRequired) {
      return NoLabels(split.pictures, "a file of the same name with 'labels' and 'idx1' beside it");
    }
    parts.labels.assign(static_cast<std::size_t>(parts.pictures->rows()), -1);
    return parts;
  }
  Result<std::vector<std::int32_t>> labels = ReadIdxLabels(split.labels, limits);
  if (!labels) return labels.error();
  if (std::ssize(*labels) != parts.pictures->rows()) {
    return Error{Code::kDataLoss,
                 split.labels.string() + ": offset 4: " + std::to_string(labels->size()) +
                     " labels; expected " + std::to_string(parts.pictures->rows()) +
                     ", the pictures of " + split.pictures.string()};
  }
  ClassOptions class_options = ClassesOf(options, split.labels);
  const fs::path names = split.pictures.parent_path() / "classes.txt";
  std::error_code ignored;
  if (class_options.classes.empty() && fs::exists(names, ignored)) {
    Result<std::vector<std::string>> read = ReadClassesFile(names);
    if (!read) return read.error();
    class_options.classes = std::move(*read);
  }
  Result<std::vector<std::string>> classes = NumberClasses(*labels, class_options);
  if (!classes) return classes.error();
  parts.labels = std::move(*labels);
  parts.classes = std::move(*classes);
  return parts;
}

Result<Dataset::Parts> OpenCsv(const Split& split, const OpenOptions& options) {
  std::vector<std::uint8_t> bytes;
  if (auto read = ReadFile(split.pictures, options.limits.file_bytes_max, bytes); !read) {
    return read.error();
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  Result<CsvList> list = ParseCsvList(text, split.pictures.string(), options.limits.rows_max);
  if (!list) return list.error();
  if (!list->labelled && options.labels == Labels::kRequired) {
    return NoLabels(split.pictures, "a column 'label' in the header");
  }
  std::vector<ListedFile> files;
  std::vector<std::string> texts;
  for (CsvRow& row : list->rows) {
    files.push_back({std::move(row.file), row.line});
    if (list->labelled) texts.push_back(std::move(row.label));
  }
  Dataset::Parts parts;
  if (list->labelled) {
    Result<ClassNames> names =
        NameClasses(texts, ClassesOf(options, split.pictures), [&](std::size_t i) {
          return split.pictures.string() + ": line " + std::to_string(files[i].line);
        });
    if (!names) return names.error();
    parts.classes = std::move(names->classes);
    parts.labels = std::move(names->labels);
  } else {
    parts.labels.assign(files.size(), -1);
  }
  parts.pictures = MakePictureFiles({.root = split.pictures.parent_path(),
                                     .list = split.pictures,
                                     .file_bytes_max = options.limits.file_bytes_max,
                                     .decode = options.decode},
                                    std::move(files));
  return parts;
}

// A folder of one folder is rather the path's parent given by mistake than a set of one class.
Result<void> CheckClassFolders(const fs::path& root, const std::vector<std::string>& folders) {
  if (folders.empty()) {
    return NoLabels(root, "IDX files, a .csv, or a folder of pictures a class");
  }
  if (folders.size() > 1) return {};
  return Error{Code::kInvalidArgument,
               root.string() + ": holds the one folder '" + folders[0] +
                   "'; expected at least two classes, a folder each (did you mean " +
                   (root / folders[0]).string() + "?)"};
}

Result<Dataset::Parts> OpenFolders(const Split& split, const OpenOptions& options) {
  const fs::path& root = split.pictures;
  const std::vector<std::string> folders = ListFolders(root);
  if (options.labels == Labels::kRequired) {
    if (auto checked = CheckClassFolders(root, folders); !checked) return checked.error();
  }
  Dataset::Parts parts;
  std::vector<ListedFile> files;
  std::vector<std::string> texts;
  const bool labelled = !folders.empty();
  for (const std::string& folder : labelled ? folders : std::vector<std::string>{"."}) {
    Result<FolderList> list =
        ListPictures(root / folder, options.limits.rows_max - std::ssize(files));
    if (!list) return list.error();
    for (const std::string& file : list->files) {
      files.push_back({labelled ? folder + "/" + file : file, 0});
      if (labelled) texts.push_back(folder);
    }
    if (list->passed_over > 0) {
      parts.notes.push_back(std::to_string(list->passed_over) +
                            " files that are no pictures by their ending were passed over: " +
                            list->passed_over_first + (list->passed_over > 1 ? ", …" : ""));
    }
  }
  if (labelled) {
    Result<ClassNames> names =
        NameClasses(texts, ClassesOf(options, split.pictures),
                    [&](std::size_t i) { return (root / files[i].path).string(); });
    if (!names) return names.error();
    parts.classes = std::move(names->classes);
    parts.labels = std::move(names->labels);
  } else {
    parts.labels.assign(files.size(), -1);
  }
  parts.pictures = MakePictureFiles({.root = root,
                                     .list = {},
                                     .file_bytes_max = options.limits.file_bytes_max,
                                     .decode = options.decode},
                                    std::move(files));
  return parts;
}

Result<Dataset::Parts> OpenSplit(const Split& split, const OpenOptions& options) {
  if (split.kind != Kind::kIdx && !options.decode) return NoDecoder(split.pictures);
  switch (split.kind) {
    case Kind::kIdx:
      return OpenIdx(split, options);
    case Kind::kFolders:
      return OpenFolders(split, options);
    case Kind::kCsv:
      return OpenCsv(split, options);
  }
  return Error{Code::kInternal, "unknown kind of data set"};
}

}  // namespace

Result<Dataset> Open(const fs::path& path, const OpenOptions& options) {
  Result<std::vector<Split>> splits = FindSplits(path);
  if (!splits) return splits.error();
  Result<Choice> choice = ChooseSplit(*splits, options.split, options.prefer);
  if (!choice) return Annotate(choice.error(), path.string());
  const Split& split = (*splits)[choice->index];
  Result<Dataset::Parts> parts = OpenSplit(split, options);
  if (!parts) return parts.error();
  const std::int64_t rows = parts->pictures->rows();
  if (rows == 0) {
    return Error{Code::kInvalidArgument, split.pictures.string() + ": holds no pictures"};
  }
  parts->kind = split.kind;
  parts->path = path;
  parts->split = split.name;
  if (choice->by_itself) {
    parts->notes.insert(parts->notes.begin(), "took split " + split.name + " of " +
                                                  ListNames(*splits) + "; --split chooses");
  }
  Dataset dataset(std::move(*parts), options.rows);
  if (dataset.rows() > 0) return dataset;
  return Error{Code::kInvalidArgument, split.pictures.string() + ": no rows left of " +
                                           std::to_string(rows) + " by --rows"};
}

std::vector<std::string> Splits(const fs::path& path) {
  std::vector<std::string> names;
  const Result<std::vector<Split>> splits = FindSplits(path);
  if (!splits || splits->size() < 2) return names;
  for (const Split& split : *splits) names.push_back(split.name);
  return names;
}

}  // namespace credence::data
