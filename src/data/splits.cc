#include "data/splits.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <system_error>

#include "base/check.h"
#include "data/picture_files.h"

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kSplitFolders = {"t10k", "test",  "train",
                                                           "val",  "valid", "validation"};

// The parts of "train-images-idx3-ubyte.gz".
struct IdxName {
  std::string split;
  bool images = false;
};

bool IsSeparator(char c) { return c == '-' || c == '_' || c == '.'; }

bool StripEnd(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

bool StripSeparator(std::string_view& text) {
  if (text.empty() || !IsSeparator(text.back())) return false;
  text.remove_suffix(1);
  return true;
}

std::optional<IdxName> ParseIdxName(std::string_view name) {
  StripEnd(name, ".gz");
  if (StripEnd(name, "ubyte") && !StripSeparator(name)) return std::nullopt;
  const bool one = StripEnd(name, "idx1");
  if (!one && !StripEnd(name, "idx3") && !StripEnd(name, "idx4")) return std::nullopt;
  if (!StripSeparator(name) || !StripEnd(name, one ? "labels" : "images")) return std::nullopt;
  if (!name.empty() && !StripSeparator(name)) return std::nullopt;
  return IdxName{std::string(name), !one};
}

std::vector<std::string> ListFiles(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code); !code && entry != fs::directory_iterator();
       entry.increment(code)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());  // "x" before "x.gz"
  return names;
}

std::vector<Split> FindIdx(const fs::path& folder, const std::vector<std::string>& files) {
  std::map<std::string, Split> found;
  for (const std::string& name : files) {
    const std::optional<IdxName> parts = ParseIdxName(name);
    if (!parts) continue;
    Split& split = found[parts->split];
    fs::path& file = parts->images ? split.pictures : split.labels;
    if (file.empty()) file = folder / name;
  }
  std::vector<Split> splits;
  for (auto& [name, split] : found) {
    if (split.pictures.empty()) continue;
    split.name = name;
    splits.push_back(std::move(split));
  }
  return splits;
}

std::vector<Split> FindCsv(const fs::path& folder, const std::vector<std::string>& files) {
  std::vector<Split> splits;
  for (const std::string& name : files) {
    const fs::path file = folder / name;
    if (file.extension() == ".csv") splits.push_back({file.stem().string(), Kind::kCsv, file, {}});
  }
  return splits;
}

std::vector<Split> FindFolders(const fs::path& folder) {
  const std::vector<std::string> names = ListFolders(folder);
  const auto is_split = [&](const std::string& name) {
    return std::find(kSplitFolders.begin(), kSplitFolders.end(), name) != kSplitFolders.end() &&
           !ListFolders(folder / name).empty();
  };
  if (names.empty() || !std::all_of(names.begin(), names.end(), is_split)) {
    return {{"", Kind::kFolders, folder, {}}};
  }
  std::vector<Split> splits;
  for (const std::string& name : names) {
    splits.push_back({name, Kind::kFolders, folder / name, {}});
  }
  return splits;
}

Result<std::vector<Split>> FindInFile(const fs::path& file) {
  if (file.extension() == ".csv") {
    return std::vector<Split>{{file.stem().string(), Kind::kCsv, file, {}}};
  }
  const fs::path folder = file.parent_path();
  const std::optional<IdxName> parts = ParseIdxName(file.filename().string());
  if (!parts || !parts->images) {
    return Error{Code::kNotFound,
                 file.string() +
                     ": not a data set; expected a folder, a .csv, or an IDX file named "
                     "like train-images-idx3-ubyte.gz"};
  }
  std::vector<Split> splits = FindIdx(folder, ListFiles(folder.empty() ? fs::path(".") : folder));
  std::erase_if(splits, [&](const Split& split) { return split.name != parts->split; });
  for (Split& split : splits) split.pictures = file;
  return splits;
}

}  // namespace

Result<std::vector<Split>> FindSplits(const fs::path& path) {
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (fs::is_regular_file(status)) return FindInFile(path);
  if (!fs::is_directory(status)) {
    return Error{Code::kNotFound, path.string() + ": no such file or folder"};
  }
  const std::vector<std::string> files = ListFiles(path);
  std::vector<Split> splits = FindIdx(path, files);
  if (splits.empty()) splits = FindCsv(path, files);
  if (splits.empty()) splits = FindFolders(path);
  return splits;
}

std::string ListNames(const std::vector<Split>& splits) {
  std::string text;
  for (const Split& split : splits) {
    text += (text.empty() ? "" : ", ") + (split.name.empty() ? "(unnamed)" : split.name);
  }
  return text;
}

Result<Choice> ChooseSplit(const std::vector<Split>& splits, std::string_view asked,
                           Prefer prefer) {
  CREDENCE_CHECK(!splits.empty());
  const auto find = [&](std::string_view name) -> std::optional<std::size_t> {
    const auto found = std::find_if(splits.begin(), splits.end(),
                                    [&](const Split& split) { return split.name == name; });
    if (found == splits.end()) return std::nullopt;
    return static_cast<std::size_t>(found - splits.begin());
  };
  const auto find_test = [&](std::string_view first, std::string_view second) {
    const std::optional<std::size_t> found = find(first);
    return found ? found : find(second);
  };
  if (!asked.empty()) {
    std::optional<std::size_t> found = find(asked);
    if (asked == "test" || asked == "t10k")
      found = find_test(asked, asked == "test" ? "t10k" : "test");
    if (found) return Choice{*found, false};
    return Error{Code::kNotFound,
                 "there is no split '" + std::string(asked) + "'; there is " + ListNames(splits)};
  }
  if (splits.size() == 1) return Choice{0, false};
  std::optional<std::size_t> preferred;
  if (prefer == Prefer::kTest) preferred = find_test("t10k", "test");
  if (prefer == Prefer::kTrain) preferred = find("train");
  if (preferred) return Choice{*preferred, true};
  return Error{Code::kInvalidArgument,
               "there are several splits, " + ListNames(splits) + "; choose one with --split"};
}

}  // namespace credence::data
