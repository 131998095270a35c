#include "serving/repository.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "base/list_folder.h"
#include "model/model_files.h"
#include "predictor/kept_pages.h"
#include "predictor/profile_file.h"

namespace credence::serving {
namespace {

namespace fs = std::filesystem;

// What a look says of itself.
struct Notes {
  std::vector<std::string> sentences;
  bool whole = true;

  void Add(std::string sentence) { sentences.push_back(std::move(sentence)); }
};

constexpr std::size_t kEntriesMax = 100'000;  // of a folder that are looked at
constexpr std::size_t kPredictorsMax = 1000;
constexpr std::size_t kVersionsMax = 1000;
constexpr std::size_t kFilesMax = 10'000;
constexpr const char* kTritonsFolder = "model.savedmodel";  // of a version's SavedModel
constexpr const char* kVolumesOwn = "lost+found";  // at the root of a disk; only root may read it

// What Credence keeps for a version and reads when it loads.
constexpr std::array<const char*, 8> kOwnFiles = {
    "input.json",           "reliability.profile",      predictor::kSimilarName,
    predictor::kGoldenName, "reliability.similar.next", "golden.inputs.next",
    predictor::kReportName, predictor::kModelCardName};

// Whether a failure says what there is: nothing, or nothing for us. Any other (no memory, no
// descriptor, a broken disk) leaves it open.
bool SaysWhatIsThere(const std::error_code& error) {
  return !error || error == std::errc::no_such_file_or_directory ||
         error == std::errc::not_a_directory || error == std::errc::permission_denied;
}

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool IsFolder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// Whether the system refuses to list a folder to us.
bool IsForbidden(const fs::path& folder) {
  return ForEachName(folder, [](const char*) { return false; }) == std::errc::permission_denied;
}

bool IsSavedModel(const fs::path& path) { return IsFile(path / "saved_model.pb"); }

bool IsModelFile(const fs::path& path) {
  return (path.extension() == ".onnx" || path.extension() == ".xml") && IsFile(path);
}

// The names in a folder that do not start with '.', sorted.
std::vector<std::string> Names(const fs::path& folder, Notes& notes) {
  std::vector<std::string> names;
  const auto error = ForEachName(folder, [&](const char* name) {
    if (name[0] == '.') return true;
    if (names.size() == kEntriesMax) {
      notes.Add(folder.string() + " has more than " + std::to_string(kEntriesMax) +
                " entries; the others are passed over");
      return false;
    }
    names.emplace_back(name);
    return true;
  });
  if (error) notes.Add("cannot read " + folder.string() + ": " + error.message());
  notes.whole = notes.whole && SaysWhatIsThere(error);
  std::sort(names.begin(), names.end());
  return names;
}

// How to export the first file of another format in `path`, itself or in folders down to a
// version's. Empty: there is none.
std::string WhatToExport(const fs::path& path, int levels = 2) {
  if (std::string how = model::HowToExport(path); !how.empty()) return how;
  if (levels < 0 || !IsFolder(path)) return "";
  Notes ignored;
  for (const std::string& name : Names(path, ignored)) {
    if (std::string how = WhatToExport(path / name, levels - 1); !how.empty()) return how;
  }
  return "";
}

// A version's folder is a SavedModel, or holds one where Triton has it, or one model file.
std::optional<fs::path> ModelIn(const fs::path& folder, Notes& notes) {
  if (IsSavedModel(folder) || IsForbidden(folder)) return folder;
  if (fs::path tritons = folder / kTritonsFolder; IsSavedModel(tritons)) return tritons;
  std::vector<fs::path> files;
  for (const std::string& name : Names(folder, notes)) {
    if (IsModelFile(folder / name)) files.push_back(folder / name);
  }
  if (files.empty()) {
    notes.Add(folder.string() + " holds no saved_model.pb, .onnx or .xml");
    return std::nullopt;
  }
  for (std::size_t i = 1; i < files.size(); ++i) {
    notes.Add(files[i].string() + " is passed over: " + files[0].filename().string() +
              " is this version's model");
  }
  return files[0];
}

struct NumberedFolder {
  std::int64_t number = 1;
  std::string name;
};

// The folders of `folder` whose names are version numbers, highest first, each number once.
std::vector<NumberedFolder> NumberedFolders(const fs::path& folder, Notes& notes) {
  std::vector<NumberedFolder> numbered;
  for (std::string& name : Names(folder, notes)) {
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (!IsFolder(folder / name)) continue;
    if (const auto number = ParseVersionNumber(name)) {
      numbered.push_back({*number, std::move(name)});
    } else {
      notes.Add((folder / name).string() +
                " is passed over: a version is a number from 1 to 2^63-1");
    }
  }
  std::sort(numbered.begin(), numbered.end(), [](const auto& a, const auto& b) {
    return a.number != b.number ? a.number > b.number : a.name.size() < b.name.size();
  });
  std::vector<NumberedFolder> distinct;
  for (NumberedFolder& one : numbered) {
    if (distinct.empty() || distinct.back().number != one.number) {
      distinct.push_back(std::move(one));
    } else {
      notes.Add((folder / one.name).string() + " is passed over: " + distinct.back().name +
                " is version " + std::to_string(one.number) + ", too");
    }
  }
  return distinct;
}

std::vector<FoundVersion> NumberedVersions(const fs::path& folder, Notes& notes) {
  std::vector<FoundVersion> versions;
  for (const NumberedFolder& one : NumberedFolders(folder, notes)) {
    if (versions.size() == kVersionsMax) {
      notes.Add(folder.string() + " has more than " + std::to_string(kVersionsMax) +
                " versions; those below " + std::to_string(versions.back().version) +
                " are passed over");
      break;
    }
    auto model = ModelIn(folder / one.name, notes);
    if (!model) continue;
    VersionFiles files = ListFiles(*model);
    versions.push_back({one.number, *std::move(model), std::move(files)});
  }
  return versions;
}

// The path with the names that "." and links stand for.
fs::path Whole(const fs::path& path) {
  std::error_code error;
  fs::path whole = fs::weakly_canonical(path, error);
  if (error) whole = path;
  return whole.has_filename() ? whole : whole.parent_path();
}

// `path` itself as one predictor: a model, or a folder of numbered versions. `whole` names it. What
// a folder holds that we may not read is not known: it is taken for a model, which its load
// refuses.
std::optional<FoundPredictor> AsPredictor(const fs::path& path, const fs::path& whole,
                                          Notes& notes) {
  if (IsModelFile(path)) {
    return FoundPredictor{whole.stem().string(), {{1, path, ListFiles(path)}}, {}};
  }
  if (!IsFolder(path)) return std::nullopt;
  if (IsSavedModel(path)) {
    if (const auto number = ParseVersionNumber(whole.filename().string())) {
      return FoundPredictor{
          whole.parent_path().filename().string(), {{*number, path, ListFiles(path)}}, {}};
    }
    return FoundPredictor{whole.filename().string(), {{1, path, ListFiles(path)}}, {}};
  }
  if (IsForbidden(path) && whole.filename() != kVolumesOwn) {
    return FoundPredictor{whole.filename().string(), {{1, path, ListFiles(path)}}, {}};
  }
  auto versions = NumberedVersions(path, notes);
  if (versions.empty()) return std::nullopt;
  return FoundPredictor{whole.filename().string(), std::move(versions), path};
}

// Gathers the stamps of one version.
class Stamper {
 public:
  void AddFile(const fs::path& path, std::string name) {
    struct stat status {};
    if (files_.stamps.size() == kFilesMax || !Look(path, status) || !S_ISREG(status.st_mode))
      return;
    const std::int64_t modified =
        std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + std::int64_t{status.st_mtim.tv_nsec};
    files_.stamps.push_back(
        {std::move(name), static_cast<std::uintmax_t>(status.st_size), modified});
  }
  // Every file of a folder, not of those in it.
  void AddFolder(const fs::path& folder, const std::string& name) {
    struct stat status {};
    if (!Look(folder, status)) return;
    Notes notes;
    for (const std::string& file : Names(folder, notes)) AddFile(folder / file, name + file);
    files_.whole = files_.whole && notes.whole;
  }
  void AddOwn(const fs::path& version) {
    const fs::path assets = predictor::AssetsOf(version);
    struct stat status {};
    if (!Look(assets, status)) return;
    for (const char* name : kOwnFiles) {
      AddFile(assets / name, std::string("assets.extra/credence/") + name);
    }
  }
  void LookAtFolder(const fs::path& folder) {
    struct stat status {};
    Look(folder, status);
  }
  VersionFiles Finish() && {
    std::sort(files_.stamps.begin(), files_.stamps.end(),
              [](const FileStamp& a, const FileStamp& b) { return a.name < b.name; });
    return std::move(files_);
  }

 private:
  bool Look(const fs::path& path, struct stat& status) {
    if (::stat(path.c_str(), &status) != 0) {
      files_.whole = files_.whole && SaysWhatIsThere({errno, std::generic_category()});
      return false;
    }
    const WallTime changed(std::chrono::duration_cast<WallTime::duration>(
        std::chrono::seconds(status.st_ctim.tv_sec) +
        std::chrono::nanoseconds(status.st_ctim.tv_nsec)));
    files_.changed = std::max(files_.changed, changed);
    return true;
  }

  VersionFiles files_;
};

// Of a file that is no ONNX model there are none.
void AddExternalFiles(const fs::path& onnx, Stamper& stamper) {
  const auto files = model::ExternalFiles(onnx);
  if (!files) return;
  for (const model::ExternalFile& file : *files) {
    stamper.AddFile(onnx.parent_path() / file.name, file.name);
  }
}

}  // namespace

std::optional<std::int64_t> ParseVersionNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

VersionFiles ListFiles(const fs::path& version) {
  Stamper stamper;
  if (IsFolder(version)) {
    stamper.LookAtFolder(version);
    stamper.AddFile(version / "saved_model.pb", "saved_model.pb");
    stamper.AddFolder(version / "variables", "variables/");
    stamper.AddFolder(version / "assets", "assets/");
  } else {
    stamper.AddFile(version, version.filename().string());
    const fs::path weights = fs::path(version).replace_extension(".bin");
    if (version.extension() == ".xml") stamper.AddFile(weights, weights.filename().string());
    if (version.extension() == ".onnx") AddExternalFiles(version, stamper);
  }
  stamper.AddOwn(version);
  return std::move(stamper).Finish();
}

Result<Found> Scan(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return Error{SaysWhatIsThere(error) ? Code::kNotFound : Code::kUnavailable,
                 error ? path.string() + ": " + error.message() : "there is no " + path.string()};
  }
  Found found;
  Notes notes;
  if (auto one = AsPredictor(path, Whole(path), notes)) {
    found.predictors.push_back(*std::move(one));
    found.notes = std::move(notes.sentences);
    found.whole = notes.whole;
    return found;
  }
  notes.sentences.clear();
  for (const std::string& name : Names(path, notes)) {
    auto one = AsPredictor(path / name, path / name, notes);
    if (!one) {
      const std::string how = WhatToExport(path / name, 1);
      if (!how.empty()) notes.Add((path / name).string() + " is passed over: " + how);
      continue;
    }
    const bool taken = std::any_of(found.predictors.begin(), found.predictors.end(),
                                   [&](const auto& other) { return other.name == one->name; });
    if (taken) {
      notes.Add((path / name).string() + " is passed over: there is another \"" + one->name + "\"");
    } else if (found.predictors.size() == kPredictorsMax) {
      notes.Add(path.string() + " has more than " + std::to_string(kPredictorsMax) +
                " predictors; those from \"" + one->name + "\" on are passed over");
      break;
    } else {
      found.predictors.push_back(*std::move(one));
    }
  }
  if (found.predictors.empty()) {
    if (!notes.whole) return Error{Code::kUnavailable, notes.sentences.back()};
    if (std::string how = WhatToExport(path); !how.empty()) {
      return Error{Code::kInvalidArgument, path.string() + " holds no model that is read: " + how};
    }
    return Error{Code::kNotFound, path.string() +
                                      " holds no model; looked for NAME/VERSION/saved_model.pb, "
                                      "NAME/saved_model.pb, NAME.onnx and NAME.xml"};
  }
  std::sort(found.predictors.begin(), found.predictors.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  found.notes = std::move(notes.sentences);
  found.whole = notes.whole;
  return found;
}

}  // namespace credence::serving
