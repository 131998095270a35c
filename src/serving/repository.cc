#include "serving/repository.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace credence::serving {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEntriesMax = 1000;

// 1 .. 2^31-1, digits only.
std::optional<int> VersionNumber(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

bool IsSavedModel(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / "saved_model.pb", ignored);
}

bool IsModelFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) &&
         (path.extension() == ".onnx" || path.extension() == ".xml");
}

// A version directory holds a SavedModel or one model file.
std::optional<fs::path> ModelIn(const fs::path& directory) {
  if (IsSavedModel(directory)) return directory;
  std::error_code ignored;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (IsModelFile(entry.path())) files.push_back(entry.path());
  }
  if (files.empty()) return std::nullopt;
  return *std::min_element(files.begin(), files.end());
}

std::vector<fs::path> Entries(const fs::path& directory) {
  std::vector<fs::path> entries;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().filename().string().starts_with('.')) continue;
    entries.push_back(entry.path());
    if (entries.size() >= kEntriesMax) break;
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::vector<FoundVersion> NumberedVersions(const fs::path& directory) {
  std::vector<FoundVersion> versions;
  for (const fs::path& entry : Entries(directory)) {
    const auto number = VersionNumber(entry.filename().string());
    const auto model = number ? ModelIn(entry) : std::nullopt;
    if (model) versions.push_back({*number, *model});
  }
  std::sort(versions.begin(), versions.end(),
            [](const auto& a, const auto& b) { return a.version > b.version; });
  return versions;
}

std::string NameOf(const fs::path& path) { return fs::weakly_canonical(path).stem().string(); }

// `path` itself as one predictor: a model, or a folder of numbered versions.
std::optional<FoundPredictor> AsPredictor(const fs::path& path) {
  if (IsModelFile(path)) return FoundPredictor{NameOf(path), {{1, path}}};
  if (IsSavedModel(path)) {
    const fs::path whole = fs::weakly_canonical(path);
    if (const auto number = VersionNumber(whole.filename().string())) {
      return FoundPredictor{whole.parent_path().filename().string(), {{*number, path}}};
    }
    return FoundPredictor{whole.filename().string(), {{1, path}}};
  }
  auto versions = NumberedVersions(path);
  if (versions.empty()) return std::nullopt;
  return FoundPredictor{fs::weakly_canonical(path).filename().string(), std::move(versions)};
}

}  // namespace

Result<std::vector<FoundPredictor>> Scan(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return Error{Code::kNotFound, "there is no " + path.string()};
  }
  if (auto one = AsPredictor(path)) return std::vector<FoundPredictor>{*std::move(one)};
  std::vector<FoundPredictor> found;
  for (const fs::path& entry : Entries(path)) {
    auto one = AsPredictor(entry);
    const bool taken = one && std::any_of(found.begin(), found.end(),
                                          [&](const auto& f) { return f.name == one->name; });
    if (one && !taken) found.push_back(*std::move(one));
  }
  if (found.empty()) {
    return Error{Code::kNotFound, path.string() +
                                      " holds no model; looked for NAME/VERSION/saved_model.pb, "
                                      "NAME/saved_model.pb, NAME.onnx and NAME.xml"};
  }
  return found;
}

Result<VersionPolicy> ParseVersionPolicy(const std::string& text) {
  if (text == "latest") return VersionPolicy{};
  if (text == "all")
    return VersionPolicy{.kind = VersionPolicy::Kind::kAll, .count = 0, .versions = {}};
  if (text.starts_with("latest:")) {
    if (const auto count = VersionNumber(text.substr(7))) {
      return VersionPolicy{.kind = VersionPolicy::Kind::kLatest, .count = *count, .versions = {}};
    }
  } else {
    VersionPolicy policy{.kind = VersionPolicy::Kind::kSpecific, .count = 0, .versions = {}};
    std::size_t start = 0;
    for (bool more = true; more;) {
      const std::size_t comma = text.find(',', start);
      more = comma != std::string::npos;
      const auto number = VersionNumber(text.substr(start, more ? comma - start : comma));
      if (!number) break;
      policy.versions.push_back(*number);
      if (!more) return policy;
      start = comma + 1;
    }
  }
  return Error{Code::kInvalidArgument,
               "versions \"" + text + "\" is not latest, latest:N, all or numbers like 3,5"};
}

VersionPlan PlanVersions(const std::vector<FoundVersion>& versions, const VersionPolicy& policy) {
  VersionPlan plan;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const bool wanted = policy.kind != VersionPolicy::Kind::kSpecific ||
                        std::find(policy.versions.begin(), policy.versions.end(),
                                  versions[i].version) != policy.versions.end();
    if (wanted) plan.candidates.push_back(i);
  }
  plan.serve_max = policy.kind == VersionPolicy::Kind::kLatest
                       ? std::min(static_cast<std::size_t>(policy.count), versions.size())
                       : plan.candidates.size();
  return plan;
}

}  // namespace credence::serving
