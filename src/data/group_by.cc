#include "data/group_by.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <regex>

#include "base/read_file.h"

namespace credence::data {
namespace {

constexpr std::string_view kSeparators = "_-.";
constexpr std::string_view kFolder = "folder", kPrefix = "prefix";
constexpr std::uintmax_t kGroupsBytesMax = 1 << 30;

Error Unknown(std::string_view text) {
  return {Code::kInvalidArgument, "grouping '" + std::string(text) +
                                      "' is unknown; known are folder, folder:2, prefix, prefix:_- "
                                      "and prefix:REGULAR_EXPRESSION"};
}

bool IsPunctuation(std::string_view text) {
  constexpr std::string_view kAllowed = "_-.,;:#@+=~! %&";
  return text.find_first_not_of(kAllowed) == std::string_view::npos;
}

// The part of `path` up to its depth-th last '/'; empty: it has not so many.
std::string FolderOf(const std::string& path, int depth) {
  std::size_t end = path.size();
  for (int i = 0; i < depth && end != std::string::npos && end > 0; ++i) {
    end = path.rfind('/', end - 1);
  }
  return end == std::string::npos ? std::string() : path.substr(0, end);
}

Error NotMatched(const GroupedFile& file, const GroupBy& by) {
  return {Code::kInvalidArgument, file.path + ": its name does not begin with the expression '" +
                                      by.text + "', which gives its group"};
}

Result<std::string> FolderGroup(const GroupBy& by, bool class_folders, const GroupedFile& file) {
  const std::string folder = FolderOf(file.path, by.depth);
  // In a folder a class the folder must lie below the class's.
  const bool too_high = class_folders && folder.find('/') == std::string::npos;
  if (!folder.empty() && !too_high) return folder;
  return Error{Code::kInvalidArgument, file.path + ": there is no folder " +
                                           std::to_string(by.depth) +
                                           " above it that could be its group" +
                                           (too_high ? " (that of its class is none)" : "")};
}

}  // namespace

Result<GroupBy> ParseGroupBy(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const bool given = colon != std::string_view::npos;
  const std::string_view value = given ? text.substr(colon + 1) : std::string_view();
  if (text.empty()) return GroupBy();
  if (given && value.empty()) return Unknown(text);
  if (kind == kFolder) {
    GroupBy by;
    by.kind = GroupBy::Kind::kFolder;
    if (!given) return by;
    const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), by.depth);
    const bool whole = code == std::errc() && end == value.data() + value.size();
    if (!whole || by.depth < 1 || by.depth > 100) return Unknown(text);
    return by;
  }
  if (kind != kPrefix) return Unknown(text);
  if (!given) return GroupBy{.kind = GroupBy::Kind::kPrefix, .text = std::string(kSeparators)};
  if (IsPunctuation(value)) {
    return GroupBy{.kind = GroupBy::Kind::kPrefix, .text = std::string(value)};
  }
  try {
    const std::regex compiled((std::string(value)));
  } catch (const std::regex_error& error) {
    return Error{Code::kInvalidArgument,
                 "'" + std::string(value) + "' is no regular expression: " + error.what()};
  }
  return GroupBy{.kind = GroupBy::Kind::kExpression, .text = std::string(value)};
}

Result<std::vector<std::int32_t>> GroupFiles(const GroupBy& by, bool class_folders,
                                             std::span<const GroupedFile> files) {
  std::regex expression;
  if (by.kind == GroupBy::Kind::kExpression) expression = std::regex(by.text);
  std::vector<std::string> texts;
  for (const GroupedFile& file : files) {
    std::string value;
    if (by.kind == GroupBy::Kind::kFolder) {
      auto folder = FolderGroup(by, class_folders, file);
      if (!folder) return folder.error();
      texts.push_back(*std::move(folder));
      continue;
    }
    const std::string name = file.path.substr(file.path.rfind('/') + 1);
    if (by.kind == GroupBy::Kind::kPrefix) {
      value = name.substr(0, name.find_first_of(by.text));
    } else {
      std::smatch match;
      const auto flags = std::regex_constants::match_continuous;
      if (!std::regex_search(name, match, expression, flags)) return NotMatched(file, by);
      value = match.size() > 1 ? match[1].str() : match.str();
    }
    texts.push_back(std::to_string(file.label) + '/' + value);
  }
  return NumberGroups(texts);
}

Result<std::vector<std::int32_t>> ReadGroups(const std::filesystem::path& file, std::int64_t rows) {
  const auto bytes = ReadIfThere(file, kGroupsBytesMax);
  if (!bytes) return bytes.error();
  if (!*bytes) return Error{Code::kNotFound, file.string() + ": there is no such file"};
  std::vector<std::string> lines(1);
  for (const std::uint8_t byte : **bytes) {
    if (byte == '\n') {
      lines.emplace_back();
    } else if (byte != '\r') {
      lines.back() += static_cast<char>(byte);
    }
  }
  if (lines.back().empty()) lines.pop_back();
  if (std::ssize(lines) != rows) {
    return Error{Code::kInvalidArgument, file.string() + ": " + std::to_string(lines.size()) +
                                             " lines for " + std::to_string(rows) +
                                             " pictures; one value a line is expected"};
  }
  const auto empty = std::find(lines.begin(), lines.end(), "");
  if (empty == lines.end()) return NumberGroups(lines);
  return Error{Code::kInvalidArgument, file.string() + ": line " +
                                           std::to_string(empty - lines.begin() + 1) +
                                           " is empty; it should name the picture's group"};
}

std::vector<std::int32_t> NumberGroups(std::span<const std::string> texts) {
  std::map<std::string_view, std::int32_t> numbers;
  std::vector<std::int32_t> groups;
  for (const std::string& text : texts) {
    groups.push_back(
        numbers.emplace(text, static_cast<std::int32_t>(numbers.size())).first->second);
  }
  return groups;
}

}  // namespace credence::data
