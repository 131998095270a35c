#include "data/classes.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "data/picture_files.h"

namespace credence::data {
namespace {

constexpr int kNumbersBelow = 1000;
constexpr std::int64_t kClassesFileBytesMax = 1 << 20;
constexpr std::size_t kListedMax = 12;

std::optional<std::int32_t> AsNumber(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  if (value >= kNumbersBelow || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::vector<std::string> Numbers(std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

std::string List(const std::vector<std::string>& classes) {
  std::string text;
  for (std::size_t i = 0; i < std::min(classes.size(), kListedMax); ++i) {
    text += (i == 0 ? "" : ", ") + classes[i];
  }
  return classes.size() > kListedMax ? text + ", …" : text;
}

Error TooMany(std::size_t classes, const ClassOptions& options) {
  return {Code::kTooLarge, options.name + ": " + std::to_string(classes) +
                               " classes; the limit is " + std::to_string(options.classes_max)};
}

std::vector<std::string> FindClasses(std::span<const std::string> texts) {
  const std::set<std::string_view> different(texts.begin(), texts.end());
  std::int32_t largest = -1;
  for (const std::string_view text : different) {
    const std::optional<std::int32_t> number = AsNumber(text);
    if (!number) return {different.begin(), different.end()};
    largest = std::max(largest, *number);
  }
  return Numbers(std::int64_t{largest} + 1);
}

}  // namespace

Result<ClassNames> NameClasses(std::span<const std::string> texts, const ClassOptions& options,
                               const std::function<std::string(std::size_t)>& where) {
  ClassNames names;
  names.classes = options.classes.empty() ? FindClasses(texts) : options.classes;
  if (std::ssize(names.classes) > options.classes_max) {
    return TooMany(names.classes.size(), options);
  }
  std::map<std::string_view, std::int32_t> index;
  for (const std::string& name : names.classes) {
    index.emplace(name, static_cast<std::int32_t>(index.size()));
  }
  names.labels.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto found = index.find(texts[i]);
    if (found == index.end()) {
      return Error{Code::kInvalidArgument,
                   where(i) + ": label '" + texts[i].substr(0, 100) + "' is none of the " +
                       std::to_string(names.classes.size()) + " classes: " + List(names.classes)};
    }
    names.labels.push_back(found->second);
  }
  return names;
}

Result<std::vector<std::string>> NumberClasses(std::span<const std::int32_t> labels,
                                               const ClassOptions& options) {
  const auto largest = std::max_element(labels.begin(), labels.end());
  const std::int64_t needed = largest == labels.end() ? 0 : std::int64_t{*largest} + 1;
  if (options.classes.empty()) {
    if (needed > options.classes_max) {
      return TooMany(static_cast<std::size_t>(needed), options);
    }
    return Numbers(needed);
  }
  if (needed > std::ssize(options.classes)) {
    const auto first = std::find_if(labels.begin(), labels.end(), [&](std::int32_t label) {
      return label >= std::ssize(options.classes);
    });
    return Error{Code::kInvalidArgument, options.name + ": row " +
                                             std::to_string(first - labels.begin()) + ": label " +
                                             std::to_string(*first) + "; expected 0 to " +
                                             std::to_string(options.classes.size() - 1) +
                                             ", one of the classes " + List(options.classes)};
  }
  return options.classes;
}

Result<std::vector<std::string>> ReadClassesFile(const std::filesystem::path& path) {
  std::vector<std::uint8_t> bytes;
  if (Result<void> read = ReadFile(path, kClassesFileBytesMax, bytes); !read) return read.error();
  std::string_view rest(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<std::string> names;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::size_t tab = line.find('\t');
    if (tab != std::string_view::npos) {
      if (line.substr(0, tab) != std::to_string(names.size())) {
        return Error{Code::kInvalidArgument, path.string() + ": class number '" +
                                                 std::string(line.substr(0, tab)) + "'; expected " +
                                                 std::to_string(names.size())};
      }
      line.remove_prefix(tab + 1);
    }
    names.emplace_back(line);
  }
  if (names.empty()) {
    return Error{Code::kInvalidArgument, path.string() + ": empty; expected a class name a line"};
  }
  return names;
}

}  // namespace credence::data
