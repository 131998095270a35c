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
constexpr std::size_t kClassesListedMax = 12;

std::optional<std::int32_t> AsNumber(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  if (value >= kNumbersBelow || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::string ListOfClasses(const std::vector<std::string>& classes) {
  std::string text;
  for (std::size_t i = 0; i < std::min(classes.size(), kClassesListedMax); ++i) {
    text += (i == 0 ? "" : ", ") + classes[i];
  }
  return classes.size() > kClassesListedMax ? text + ", …" : text;
}

Error TooMany(std::size_t classes, const ClassOptions& options) {
  return {Code::kTooLarge, options.name + ": " + std::to_string(classes) +
                               " classes; the limit is " + std::to_string(options.classes_max)};
}

// A name's place in `names`.
std::map<std::string_view, std::int32_t> Places(const std::vector<std::string>& names) {
  std::map<std::string_view, std::int32_t> places;
  for (const std::string& name : names) {
    places.emplace(name, static_cast<std::int32_t>(places.size()));
  }
  return places;
}

std::vector<std::string> Different(std::span<const std::string> texts,
                                   const std::vector<std::string>& others) {
  std::set<std::string_view> different(texts.begin(), texts.end());
  different.insert(others.begin(), others.end());
  std::vector<std::string> names(different.begin(), different.end());
  if (AreNumbers(names)) {
    std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
      return *AsNumber(a) < *AsNumber(b);
    });
  }
  return names;
}

Error NoSuchClass(std::int32_t label, std::size_t row, const ClassOptions& options,
                  std::int64_t count, const std::string& more) {
  const int first = options.first_label.value_or(0);
  return {Code::kInvalidArgument, options.name + ": row " + std::to_string(row) + ": label " +
                                      std::to_string(label) + "; expected " +
                                      std::to_string(first) + " to " +
                                      std::to_string(first + count - 1) + more};
}

}  // namespace

std::vector<std::string> ClassNumbers(int first, std::int64_t count) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < count; ++i) names.push_back(std::to_string(first + i));
  return names;
}

bool AreNumbers(std::span<const std::string> texts) {
  return !texts.empty() && std::all_of(texts.begin(), texts.end(), [](const std::string& text) {
    return AsNumber(text).has_value();
  });
}

Result<ClassNames> NameClasses(std::span<const std::string> texts, const ClassOptions& options,
                               const std::function<std::string(std::size_t)>& where) {
  ClassNames names;
  const std::vector<std::string> own = Different(texts, {});
  names.classes = options.classes.empty() ? Different(texts, options.others) : options.classes;
  const std::size_t count = std::max(own.size(), names.classes.size());
  if (count > static_cast<std::size_t>(options.classes_max)) return TooMany(count, options);
  const bool numbers = AreNumbers(own);
  const auto places = Places(names.classes), own_places = Places(own);
  names.labels.reserve(texts.size());
  names.written.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto found = places.find(texts[i]);
    if (found == places.end()) {
      return Error{Code::kInvalidArgument, where(i) + ": label '" + texts[i].substr(0, 100) +
                                               "' is none of the " +
                                               std::to_string(names.classes.size()) +
                                               " classes: " + ListOfClasses(names.classes)};
    }
    names.labels.push_back(found->second);
    names.written.push_back(numbers ? *AsNumber(texts[i]) : own_places.at(texts[i]));
  }
  return names;
}

Result<std::vector<std::string>> NumberClasses(std::vector<std::int32_t>& labels,
                                               const ClassOptions& options) {
  const auto [least, largest] = std::minmax_element(labels.begin(), labels.end());
  const int first = options.first_label.value_or(0);
  const std::int64_t needed = labels.empty() ? 0 : std::int64_t{*largest} - first + 1;
  const auto row = [&](auto label) { return static_cast<std::size_t>(label - labels.begin()); };
  const std::int64_t count =
      options.classes.empty() ? needed : static_cast<std::int64_t>(options.classes.size());
  if (!labels.empty() && *least < first) {
    return NoSuchClass(*least, row(least), options, std::max<std::int64_t>(count, 1), "");
  }
  if (count > options.classes_max) return TooMany(static_cast<std::size_t>(count), options);
  if (needed > count) {
    const auto beyond = std::find_if(labels.begin(), labels.end(),
                                     [&](std::int32_t label) { return label - first >= count; });
    const bool from_one = first == 0 && *least >= 1 && needed == count + 1;
    return NoSuchClass(*beyond, row(beyond), options, count,
                       ", one of the classes " + ListOfClasses(options.classes) +
                           (from_one ? "; if labels count from 1, say --first-label 1" : ""));
  }
  for (std::int32_t& label : labels) label -= first;
  return options.classes.empty() ? ClassNumbers(first, count) : options.classes;
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
