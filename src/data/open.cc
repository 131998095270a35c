#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <system_error>

#include "data/classes.h"
#include "data/csv_list.h"
#include "data/dataset.h"
#include "data/folders.h"
#include "data/idx.h"
#include "data/open_groups.h"
#include "data/picture_files.h"
#include "data/pixel_csv.h"
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
  return {.name = path.string(),
          .classes = options.classes,
          .first_label = options.first_label,
          .classes_max = options.limits.classes_max};
}

// What lets `parts` do without labels.
void SetUnlabelled(Dataset::Parts& parts) {
  parts.labels.assign(static_cast<std::size_t>(parts.pictures->rows()), -1);
  parts.written = parts.labels;
}

std::string Text(const Counted& counted, const std::string& what) {
  return std::to_string(counted.count) + " " + what + ": " + counted.first +
         (counted.count > 1 ? ", …" : "");
}

Result<Dataset::Parts> OpenIdx(const Split& split, const OpenOptions& options) {
  const IdxLimits limits{options.limits.rows_max, options.limits.pixels_max};
  Result<std::unique_ptr<const PictureSource>> pictures = OpenIdxPictures(split.pictures, limits);
  if (!pictures) return pictures.error();
  Dataset::Parts parts;
  parts.pictures = std::move(*pictures);
  parts.transpose = options.transpose;
  if (split.labels.empty()) {
    if (options.labels == Labels::kRequired) {
      return NoLabels(split.pictures, "a file of the same name with 'labels' and 'idx1' beside it");
    }
    SetUnlabelled(parts);
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
  std::error_code unknown;
  const bool named = fs::exists(names, unknown);
  if (unknown) return Error{Code::kUnavailable, names.string() + ": " + unknown.message()};
  if (class_options.classes.empty() && named) {
    Result<std::vector<std::string>> read = ReadClassesFile(names);
    if (!read) return read.error();
    class_options.classes = std::move(*read);
  }
  parts.written = *labels;
  Result<std::vector<std::string>> classes = NumberClasses(*labels, class_options);
  if (!classes) return classes.error();
  parts.labels = std::move(*labels);
  parts.classes = std::move(*classes);
  if (!options.first_label && !parts.labels.empty() &&
      *std::min_element(parts.labels.begin(), parts.labels.end()) == 1) {
    parts.notes.emplace_back("no label is 0; if they count from 1, say --first-label 1");
  }
  return parts;
}

using Where = std::function<std::string(std::size_t)>;

// Texts as class numbers.
Result<void> SetNumbers(const std::vector<std::string>& texts, const ClassOptions& options,
                        const Where& where, Dataset::Parts& parts) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::int32_t number = 0;
    const char* const end = texts[i].data() + texts[i].size();
    const auto [stop, code] = std::from_chars(texts[i].data(), end, number);
    if (code != std::errc() || stop != end) {
      return Error{Code::kInvalidArgument, where(i) + ": label '" + texts[i].substr(0, 100) +
                                               "'; expected a whole number by --first-label"};
    }
    parts.labels.push_back(number);
  }
  parts.written = parts.labels;
  auto classes = NumberClasses(parts.labels, options);
  if (!classes) return classes.error();
  parts.classes = *std::move(classes);
  return {};
}

// Texts as labels. where(i): the i-th's place.
Result<void> SetLabels(const std::vector<std::string>& texts, const ClassOptions& options,
                       const Where& where, Dataset::Parts& parts) {
  if (options.first_label) return SetNumbers(texts, options, where, parts);
  Result<ClassNames> names = NameClasses(texts, options, where);
  if (!names) return names.error();
  parts.classes = std::move(names->classes);
  parts.labels = std::move(names->labels);
  parts.written = std::move(names->written);
  return {};
}

Result<Dataset::Parts> OpenPixels(const Split& split, const OpenOptions& options) {
  auto csv = OpenPixelCsv(
      split.pictures,
      {.columns = split.columns, .split = split.value, .rows_max = options.limits.rows_max});
  if (!csv) return csv.error();
  Dataset::Parts parts;
  parts.pictures = std::move(csv->pictures);
  parts.transpose = options.transpose;
  parts.groups = NumberGroups(csv->groups);
  if (!split.columns.label) {
    SetUnlabelled(parts);
    return parts;
  }
  const auto where = [&](std::size_t i) {
    return parts.pictures->Name(static_cast<std::int64_t>(i));
  };
  const auto set = SetLabels(csv->labels, ClassesOf(options, split.pictures), where, parts);
  if (!set) return set.error();
  return parts;
}

// A path as the CSV has it; one of Windows's where there is no file of that name.
std::string PathOf(std::string file, const fs::path& root) {
  std::error_code ignored;
  if (file.find('\\') != std::string::npos && !fs::exists(root / file, ignored)) {
    std::replace(file.begin(), file.end(), '\\', '/');
  }
  return file;
}

Result<Dataset::Parts> OpenCsv(const Split& split, const OpenOptions& options) {
  std::vector<std::uint8_t> bytes;
  if (auto read = ReadFile(split.pictures, options.limits.file_bytes_max, bytes); !read) {
    return read.error();
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  Result<CsvList> list =
      ParseCsvList(text, split.pictures.string(), options.limits.rows_max, options.group_column);
  if (!list) return list.error();
  const fs::path root = split.pictures.parent_path();
  std::vector<ListedFile> files;
  std::vector<std::string> texts, groups;
  std::set<std::string> others;  // labels of other splits
  for (CsvRow& row : list->rows) {
    if (!split.value.empty() && row.split != split.value) {
      if (list->columns.label) others.insert(std::move(row.label));
      continue;
    }
    files.push_back({PathOf(std::move(row.file), root), row.line});
    if (list->columns.label) texts.push_back(std::move(row.label));
    if (list->columns.group) groups.push_back(std::move(row.group));
  }
  Dataset::Parts parts;
  if (list->columns.label) {
    const auto where = [&](std::size_t i) {
      return split.pictures.string() + ": line " + std::to_string(files[i].line);
    };
    ClassOptions classes = ClassesOf(options, split.pictures);
    classes.others.assign(others.begin(), others.end());
    if (auto set = SetLabels(texts, classes, where, parts); !set) return set.error();
  }
  parts.groups = NumberGroups(groups);
  parts.pictures = MakePictureFiles({.root = root,
                                     .list = split.pictures,
                                     .file_bytes_max = options.limits.file_bytes_max,
                                     .decode = options.decode},
                                    std::move(files));
  if (!list->columns.label) SetUnlabelled(parts);
  return parts;
}

// The pictures of one folder of a split, and what was found beside them.
struct ClassFolder {
  std::string name;
  FolderList list;

  // In the folder itself, not deeper.
  bool holds_pictures_itself() const {
    return std::any_of(list.files.begin(), list.files.end(),
                       [](const std::string& file) { return file.find('/') == std::string::npos; });
  }
};

Error NoPictures(const fs::path& folder, const FolderList& list) {
  std::string what = "holds no pictures";
  if (list.others.count > 0) {
    what = "none of its " + std::to_string(list.others.count) +
           " files is a picture by its ending (" + list.others.first + ")";
  }
  return {Code::kInvalidArgument, folder.string() + ": " + what +
                                      "; a class needs at least one: take the folder away, or put "
                                      "its pictures there"};
}

Error OnlyFolders(const fs::path& root, const ClassFolder& folder, bool alone) {
  const std::string& file = folder.list.files.front();
  const fs::path path = root / folder.name;
  return {Code::kInvalidArgument,
          path.string() + ": holds no pictures itself, only folders of them (" +
              file.substr(0, file.find('/')) + ", …): is it a class, or a split? " +
              (alone ? "Did you mean --data " + path.string() + "? " : "") +
              "--layout classes takes each folder in " + root.string() +
              " for a class, --layout splits for a split"};
}

// Whether the folders in `root` are classes beyond doubt.
Result<void> CheckClassFolders(const fs::path& root, const std::vector<ClassFolder>& folders,
                               const Split& split, Labels labels) {
  const auto holding = std::count_if(folders.begin(), folders.end(), [](const ClassFolder& folder) {
    return !folder.list.files.empty();
  });
  for (const ClassFolder& folder : folders) {
    if (split.below == Below::kClasses && !folder.list.files.empty() &&
        !folder.holds_pictures_itself()) {
      return OnlyFolders(root, folder, holding == 1);
    }
  }
  if (labels != Labels::kRequired) return {};
  if (folders.empty()) {
    return NoLabels(root, "IDX files, a .csv, or a folder of pictures a class");
  }
  // A folder of one folder is rather the path's parent given by mistake than a set of one class.
  if (folders.size() == 1) {
    return Error{Code::kInvalidArgument,
                 root.string() + ": holds the one folder '" + folders[0].name +
                     "'; expected at least two classes, a folder each (did you mean " +
                     (root / folders[0].name).string() + "?)"};
  }
  for (const ClassFolder& folder : folders) {
    if (folder.list.files.empty()) return NoPictures(root / folder.name, folder.list);
  }
  return {};
}

// The folders of a split that are its classes; of a split without labels, itself, called "".
Result<std::vector<ClassFolder>> ListClasses(const Split& split, const fs::path& set,
                                             const OpenOptions& options,
                                             std::vector<std::string>& notes) {
  const fs::path& root = split.pictures;
  std::vector<ClassFolder> folders;
  std::int64_t left = options.limits.rows_max;
  std::vector<std::string> names = {""};
  if (split.below != Below::kPictures) {
    Result<FolderContent> content = ReadFolder(root);
    if (!content) return content.error();
    names = std::move(content->folders);
    if (!content->pictures.empty()) {
      notes.push_back(
          "passed over " + std::to_string(content->pictures.size()) +
          " pictures that lie beside the folders: " + (root / content->pictures.front()).string());
    }
  }
  for (std::string& name : names) {
    Result<FolderList> list = ListPictures(set, name.empty() ? root : root / name, left);
    if (!list) return list.error();
    left -= std::ssize(list->files);
    folders.push_back({std::move(name), *std::move(list)});
  }
  return folders;
}

void AddNotes(const std::vector<ClassFolder>& folders, const fs::path& root,
              std::vector<std::string>& notes) {
  Counted others, links_out, circles;
  for (const ClassFolder& folder : folders) {
    others.Add(folder.list.others);
    links_out.Add(folder.list.links_out);
    circles.Add(folder.list.circles);
    if (folder.list.files.empty() && !folder.name.empty()) {
      notes.push_back(NoPictures(root / folder.name, folder.list).message);
    }
  }
  if (others.count > 0) {
    notes.push_back(Text(others, "files that are no pictures by their ending were passed over"));
  }
  if (links_out.count > 0) notes.push_back(Text(links_out, "links lead out of the set"));
  if (circles.count > 0) {
    notes.push_back(Text(circles, "links to a folder that they lie in were passed over"));
  }
}

// Classes that other splits have and this one has not.
std::vector<std::string> MissingClasses(const std::vector<ClassFolder>& folders,
                                        const Split& split) {
  std::vector<std::string> missing;
  if (split.below == Below::kPictures) return missing;
  for (const std::string& name : split.classes) {
    const bool here = std::any_of(folders.begin(), folders.end(),
                                  [&](const ClassFolder& folder) { return folder.name == name; });
    if (!here) missing.push_back(name);
  }
  return missing;
}

Result<Dataset::Parts> OpenFolders(const Split& split, const fs::path& set,
                                   const OpenOptions& options) {
  const fs::path& root = split.pictures;
  const bool labelled = split.below != Below::kPictures;
  if (!labelled && options.labels == Labels::kRequired) {
    return NoLabels(root, "IDX files, a .csv, or a folder of pictures a class");
  }
  Dataset::Parts parts;
  Result<std::vector<ClassFolder>> folders = ListClasses(split, set, options, parts.notes);
  if (!folders) return folders.error();
  if (labelled) {
    if (auto checked = CheckClassFolders(root, *folders, split, options.labels); !checked) {
      return checked.error();
    }
  }
  AddNotes(*folders, root, parts.notes);
  std::vector<ListedFile> files;
  std::vector<std::string> texts;
  ClassOptions classes = ClassesOf(options, root);
  classes.others = split.classes;
  for (const std::string& name : MissingClasses(*folders, split)) {
    parts.notes.push_back("split " + split.name + " has no folder of class " + name +
                          ", which other splits have");
  }
  for (const ClassFolder& folder : *folders) {
    if (labelled) classes.others.push_back(folder.name);
    for (const std::string& file : folder.list.files) {
      files.push_back({labelled ? folder.name + "/" + file : file, 0});
      if (labelled) texts.push_back(folder.name);
    }
  }
  if (labelled) {
    const auto where = [&](std::size_t i) { return (root / files[i].path).string(); };
    if (auto named = SetLabels(texts, classes, where, parts); !named) return named.error();
  }
  parts.pictures = MakePictureFiles({.root = root,
                                     .list = {},
                                     .file_bytes_max = options.limits.file_bytes_max,
                                     .decode = options.decode},
                                    std::move(files));
  if (!labelled) SetUnlabelled(parts);
  return parts;
}

Result<Dataset::Parts> OpenSplit(const Split& split, const fs::path& set,
                                 const OpenOptions& options) {
  const bool files = split.kind == Kind::kCsv || split.kind == Kind::kFolders;
  if (files && !options.decode) return NoDecoder(split.pictures);
  if (files && options.transpose) {
    return Error{Code::kInvalidArgument,
                 split.pictures.string() +
                     ": --transpose is for IDX files and CSVs of pixels, not for picture files"};
  }
  const bool csv = split.kind == Kind::kCsv || split.kind == Kind::kPixelCsv;
  if (csv && !split.columns.label && options.labels == Labels::kRequired) {
    return NoLabels(split.pictures, "a column 'label', 'class' or 'target' in the header; it has " +
                                        split.columns.Text());
  }
  switch (split.kind) {
    case Kind::kIdx:
      return OpenIdx(split, options);
    case Kind::kFolders:
      return OpenFolders(split, set, options);
    case Kind::kCsv:
      return OpenCsv(split, options);
    case Kind::kPixelCsv:
      return OpenPixels(split, options);
  }
  return Error{Code::kInternal, "unknown kind of data set"};
}

FindOptions ToFindOptions(const OpenOptions& options) {
  return {.layout = options.layout,
          .labels = options.labels,
          .group_column = options.group_column,
          .limits = options.limits};
}

}  // namespace

Result<Dataset> Open(const fs::path& path, const OpenOptions& options) {
  Result<Found> found = FindSplits(path, ToFindOptions(options));
  if (!found) return found.error();
  Result<Choice> choice = ChooseSplit(found->splits, options.split, options.prefer);
  if (!choice) return Annotate(choice.error(), path.string());
  const Split& split = found->splits[choice->index];
  Result<Dataset::Parts> parts = OpenSplit(split, path, options);
  if (!parts) return parts.error();
  const std::int64_t rows = parts->pictures->rows();
  if (rows == 0) {
    std::string why;
    for (const std::string& note : found->notes) why += "; " + note;
    return Error{Code::kInvalidArgument, split.pictures.string() + ": holds no pictures" + why};
  }
  if (auto grouped = SetGroups(split, options, *parts); !grouped) {
    return Annotate(grouped.error(), path.string());
  }
  parts->kind = split.kind;
  parts->path = path;
  parts->split = split.name;
  parts->layout = std::move(found->layout);
  parts->notes.insert(parts->notes.begin(), found->notes.begin(), found->notes.end());
  if (choice->by_itself) {
    parts->notes.insert(parts->notes.begin(), "took split " + split.name + " of " +
                                                  ListNames(found->splits) + "; --split chooses");
  }
  Dataset dataset(std::move(*parts), options.rows);
  if (dataset.rows() > 0) return dataset;
  return Error{Code::kInvalidArgument, split.pictures.string() + ": no rows left of " +
                                           std::to_string(rows) + " by --rows"};
}

Result<std::vector<std::string>> Splits(const fs::path& path, const OpenOptions& options) {
  std::vector<std::string> names;
  const Result<Found> found = FindSplits(path, ToFindOptions(options));
  if (!found) return found.error();
  if (found->splits.size() < 2) return names;
  for (const Split& split : found->splits) names.push_back(split.name);
  return names;
}

}  // namespace credence::data
