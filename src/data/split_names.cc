#include "data/split_names.h"

#include <array>
#include <string>
#include <utility>

#include "base/ascii.h"

namespace credence::data {
namespace {

constexpr std::array<std::pair<std::string_view, Role>, 8> kRoles = {{
    {"train", Role::kTrain},
    {"training", Role::kTrain},
    {"test", Role::kTest},
    {"testing", Role::kTest},
    {"t10k", Role::kTest},
    {"val", Role::kValidation},
    {"valid", Role::kValidation},
    {"validation", Role::kValidation},
}};
constexpr std::array<std::string_view, 6> kWordEndings = {"set",   "data",  "images",
                                                          "image", "split", "dataset"};

bool IsJoint(char c) { return c == '-' || c == '_' || c == '.' || c == ' '; }

}  // namespace

std::optional<Role> RoleOfFolder(std::string_view name) {
  std::string word;
  for (const char c : name) {
    if (!IsJoint(c)) word += AsciiLower(c);
  }
  for (const auto& [known, role] : kRoles) {
    if (!word.starts_with(known)) continue;
    const std::string_view rest = std::string_view(word).substr(known.size());
    bool ending = rest.empty();
    for (const std::string_view allowed : kWordEndings) ending = ending || rest == allowed;
    if (ending) return role;
  }
  return std::nullopt;
}

std::optional<Role> RoleOf(std::string_view name) {
  if (const auto role = RoleOfFolder(name)) return role;
  const std::size_t joint = name.find_last_of("-_. ");
  return joint == std::string_view::npos ? std::nullopt : RoleOfFolder(name.substr(joint + 1));
}

}  // namespace credence::data
