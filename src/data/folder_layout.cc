#include <algorithm>
#include <map>
#include <set>

#include "data/folders.h"
#include "data/split_names.h"
#include "data/splits.h"

namespace credence::data {
namespace {

namespace fs = std::filesystem;

// A folder in the set's folder.
struct Child {
  std::string name;
  bool own = false;                  // there are pictures in it
  bool below = false;                // there are pictures in folders in it
  std::set<std::string> inner = {};  // those folders

  bool holds_pictures() const { return own || below; }
  bool may_be_split() const { return RoleOfFolder(name).has_value(); }
  bool labelled_split() const { return may_be_split() && below; }
};

std::vector<Child> ChildrenOf(const FolderContent& content, const FolderList& list) {
  std::map<std::string, Child> children;
  for (const std::string& name : content.folders) children[name].name = name;
  for (const std::string& file : list.files) {
    const std::size_t first = file.find('/');
    if (first == std::string::npos) continue;
    Child& child = children[file.substr(0, first)];
    const std::size_t second = file.find('/', first + 1);
    (second == std::string::npos ? child.own : child.below) = true;
    if (second != std::string::npos) {
      child.inner.insert(file.substr(first + 1, second - first - 1));
    }
  }
  std::vector<Child> out;
  for (auto& [name, child] : children) out.push_back(std::move(child));
  return out;
}

template <class Keep>
std::string Names(const std::vector<Child>& children, Keep keep) {
  std::string text;
  for (const Child& child : children) {
    if (keep(child)) text += (text.empty() ? "" : ", ") + child.name;
  }
  return text;
}

Found One(const fs::path& root, Below below) {
  Split split{"", Kind::kFolders, root};
  split.below = below;
  const bool pictures = below == Below::kPictures;
  return {{split}, pictures ? "pictures without labels" : "a folder a class", {}, false};
}

// Each child that holds pictures is a split.
Result<Found> Splits(const fs::path& root, const std::vector<Child>& children) {
  Found found;
  std::set<std::string> classes;
  for (const Child& child : children) classes.insert(child.inner.begin(), child.inner.end());
  for (const Child& child : children) {
    if (!child.holds_pictures()) continue;
    Split split{child.name, Kind::kFolders, root / child.name};
    split.below = child.below ? Below::kClasses : Below::kPictures;
    split.classes.assign(classes.begin(), classes.end());
    found.splits.push_back(std::move(split));
  }
  if (found.splits.empty()) {
    return Error{Code::kNotFound, root.string() + ": holds no folders of pictures"};
  }
  const auto labelled = [](const Child& child) { return child.below; };
  const auto bare = [](const Child& child) { return child.own && !child.below; };
  const std::string with = Names(children, labelled), without = Names(children, bare);
  if (!with.empty()) found.layout = "splits " + with + ", in each a folder a class";
  if (!without.empty()) {
    found.layout += (with.empty() ? "" : "; ") + std::string("splits without labels ") + without;
  }
  return found;
}

Error TwoReadings(const fs::path& root, const std::vector<Child>& children) {
  const auto is_split = [](const Child& child) { return child.labelled_split(); };
  const auto is_other = [](const Child& child) {
    return child.holds_pictures() && !child.may_be_split();
  };
  return {Code::kInvalidArgument,
          root.string() + ": can be read in two ways: '" + Names(children, is_split) +
              "' as splits, a folder a class in each, beside '" + Names(children, is_other) +
              "', or all of them as classes; say which by --layout splits or --layout classes"};
}

Result<Found> Decide(const fs::path& root, const FolderContent& content,
                     const std::vector<Child>& children, const FindOptions& options) {
  switch (options.layout) {
    case Layout::kPictures:
      return One(root, Below::kPictures);
    case Layout::kClasses:
      return One(root, Below::kDeepClasses);
    case Layout::kSplits:
      return Splits(root, children);
    default:
      break;
  }
  const auto count = [&](auto fits) {
    return std::count_if(children.begin(), children.end(), fits);
  };
  const auto holders = count([](const Child& child) { return child.holds_pictures(); });
  if (holders == 0) {
    const bool classes = content.pictures.empty() && !children.empty();
    return One(root, classes ? Below::kClasses : Below::kPictures);
  }
  const auto named =
      count([](const Child& child) { return child.holds_pictures() && child.may_be_split(); });
  const bool labelled = count([](const Child& child) { return child.labelled_split(); }) > 0;
  if (named == holders) return Splits(root, children);
  if (options.labels == Labels::kIgnored) return One(root, Below::kPictures);
  if (labelled) return TwoReadings(root, children);
  return One(root, Below::kClasses);
}

}  // namespace

Result<Found> FindFolderSplits(const fs::path& root, const FindOptions& options) {
  Result<FolderContent> content = ReadFolder(root);
  if (!content) return content.error();
  Result<FolderList> list = ListPictures(root, root, options.limits.rows_max);
  if (!list) return list.error();
  const std::vector<Child> children = ChildrenOf(*content, *list);
  Result<Found> found = Decide(root, *content, children, options);
  if (!found) return found;
  const bool several = !found->splits.front().name.empty();
  if (several && !content->pictures.empty()) {
    found->notes.push_back(
        "passed over " + std::to_string(content->pictures.size()) +
        " pictures that lie beside the folders: " + (root / content->pictures.front()).string());
  }
  const bool classes = std::all_of(children.begin(), children.end(),
                                   [](const Child& child) { return child.own || !child.below; });
  const auto with_own =
      std::count_if(children.begin(), children.end(), [](const Child& child) { return child.own; });
  found->labelled =
      std::any_of(found->splits.begin(), found->splits.end(), [&](const Split& split) {
        return split.below == Below::kClasses && (!split.name.empty() || (classes && with_own > 1));
      });
  const std::string empty =
      Names(children, [](const Child& child) { return !child.holds_pictures(); });
  if (several && !empty.empty()) {
    found->notes.push_back("passed over folders without pictures: " + empty);
  }
  return found;
}

}  // namespace credence::data
