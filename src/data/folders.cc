#include "data/folders.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <system_error>

#include "base/ascii.h"

namespace credence::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 19> kEndings = {
    ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp",  ".gif", ".bmp", ".dib",
    ".pnm", ".pgm",  ".ppm", ".pbm",  ".tif", ".tiff", ".pjpeg", ".pjp", ".jif"};
constexpr std::array<std::string_view, 14> kEndingsNotRead = {
    ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jxl", ".tga",
    ".psd",  ".svg",  ".ico",  ".dng", ".cr2", ".nef", ".dcm"};
constexpr std::array<std::string_view, 8> kNoise = {"__MACOSX",     "@eaDir",     "Thumbs.db",
                                                    "desktop.ini",  "lost+found", "#recycle",
                                                    "$RECYCLE.BIN", "ehthumbs.db"};
constexpr int kDepthMax = 64;

bool IsPicture(const fs::path& path) {
  const std::string ending = path.extension().string();
  const auto same = [&](std::string_view known) { return EqualsIgnoringCase(ending, known); };
  return std::any_of(kEndings.begin(), kEndings.end(), same) ||
         std::any_of(kEndingsNotRead.begin(), kEndingsNotRead.end(), same);
}

bool IsNoise(std::string_view name) {
  return name.starts_with('.') || std::any_of(kNoise.begin(), kNoise.end(), [&](auto noise) {
           return EqualsIgnoringCase(name, noise);
         });
}

Error CannotRead(const fs::path& folder, const std::error_code& code) {
  return {Code::kNotFound, folder.string() + ": cannot be read: " + code.message()};
}

// Whether `path` is `folder` or lies below it. Both are canonical.
bool Contains(const fs::path& folder, const fs::path& path) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

// Walks a tree; canonical paths are asked for only where there is a link.
class Walk {
 public:
  Walk(fs::path set, fs::path top, std::int64_t files_max)
      : set_(std::move(set)), top_(std::move(top)), files_max_(files_max) {}

  // below: path from top to the folder; real: the folder's canonical path.
  Result<void> Visit(const fs::path& below, const fs::path& real) {
    const fs::path folder = below.empty() ? top_ : top_ / below;
    if (std::ssize(open_) == kDepthMax) {
      return Error{Code::kTooLarge,
                   folder.string() + ": folders more than " + std::to_string(kDepthMax) + " deep"};
    }
    if (!open_.insert(real).second) {
      list_.circles.Add(folder.string());
      return {};
    }
    Result<FolderContent> content = ReadFolder(folder);
    if (!content) return content.error();
    for (const std::string& name : content->others) list_.others.Add((folder / name).string());
    for (const std::string& name : content->pictures) {
      if (std::ssize(list_.files) == files_max_) {
        return Error{Code::kTooLarge, top_.string() + ": more files than the limit of " +
                                          std::to_string(files_max_)};
      }
      Resolve(folder / name, real / name);
      list_.files.push_back((below / name).string());
    }
    for (const std::string& name : content->folders) {
      const fs::path inner = Resolve(folder / name, real / name);
      if (Contains(inner, real)) {
        list_.circles.Add((folder / name).string());
        continue;
      }
      if (auto visited = Visit(below / name, inner); !visited) return visited;
    }
    open_.erase(real);
    return {};
  }

  FolderList Finish() && {
    std::sort(list_.files.begin(), list_.files.end());
    return std::move(list_);
  }

 private:
  // Where `path` leads to; counts a link out of the set. unlinked: where it lies itself.
  fs::path Resolve(const fs::path& path, const fs::path& unlinked) {
    std::error_code code;
    if (!fs::is_symlink(path, code)) return unlinked;
    fs::path target = fs::canonical(path, code);
    if (code) return unlinked;  // it leads nowhere: an unreadable file
    if (!Contains(set_, target)) list_.links_out.Add(path.string());
    return target;
  }

  const fs::path set_, top_;
  const std::int64_t files_max_;
  std::set<fs::path> open_;  // the canonical folders that lie around the present one
  FolderList list_;
};

}  // namespace

Result<FolderContent> ReadFolder(const fs::path& folder) {
  FolderContent content;
  std::error_code code;
  fs::directory_iterator entry(folder, code);
  for (; !code && entry != fs::directory_iterator(); entry.increment(code)) {
    const std::string name = entry->path().filename().string();
    if (IsNoise(name)) continue;
    std::error_code dangling;
    if (entry->is_directory(dangling)) {
      content.folders.push_back(name);
    } else if (IsPicture(entry->path())) {
      content.pictures.push_back(name);
    } else {
      content.others.push_back(name);
    }
  }
  if (code) return CannotRead(folder, code);
  std::sort(content.folders.begin(), content.folders.end());
  std::sort(content.pictures.begin(), content.pictures.end());
  std::sort(content.others.begin(), content.others.end());
  return content;
}

Result<FolderList> ListPictures(const fs::path& set, const fs::path& folder,
                                std::int64_t files_max) {
  std::error_code code;
  const fs::path real_set = fs::canonical(set, code);
  const fs::path real = code ? fs::path() : fs::canonical(folder, code);
  if (code) return CannotRead(folder, code);
  Walk walk(real_set, folder, files_max);
  if (auto visited = walk.Visit({}, real); !visited) return visited.error();
  return std::move(walk).Finish();
}

}  // namespace credence::data
