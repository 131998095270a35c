#include "serving/canary.h"

#include <array>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "serving/figures.h"

namespace credence::serving {
namespace {

using Json = nlohmann::json;

constexpr double kAlphaMin = 1e-6;
constexpr double kAlphaMax = 0.5;
constexpr std::uint64_t kInputsMax = 1'000'000'000;

// Errors when `object` is none or has a key that is not among `known`.
template <std::size_t N>
Result<void> CheckKeys(const Json& object, const std::string& where,
                       const std::array<std::string_view, N>& known) {
  if (!object.is_object()) return Invalid(where + " must be an object");
  for (const auto& item : object.items()) {
    bool found = false;
    std::string names;
    for (const std::string_view name : known) {
      found |= item.key() == name;
      names.append(names.empty() ? "" : ", ").append(name);
    }
    if (!found) return Invalid(where + " has no key \"" + item.key() + "\"; there is: " + names);
  }
  return {};
}

Result<void> ReadBool(const Json& object, const char* key, const std::string& where, bool& value) {
  const auto at = object.find(key);
  if (at == object.end()) return {};
  if (!at->is_boolean()) return Invalid(where + "." + key + " must be true or false");
  value = at->get<bool>();
  return {};
}

// Whether some counts can ever show that it holds, and some that it does not.
Result<void> CheckLimit(const Requirement& condition, const Figure& figure) {
  const double low = figure.difference ? -1 : 0;
  const bool at_most = condition.relation == Relation::kAtMost;
  if (at_most ? condition.limit > low && condition.limit <= 1
              : condition.limit < 1 && condition.limit >= low) {
    return {};
  }
  return Invalid("\"" + ToText(condition) + "\" can never be shown or always holds: " +
                 condition.figure + " is between " + (figure.difference ? "-1" : "0") + " and 1");
}

Result<Requirement> ReadCondition(const Json& text, bool shadow) {
  if (!text.is_string()) return Invalid("a condition must be a text such as \"reliable >= 0.9\"");
  auto condition = ParseRequirement(text.get_ref<const std::string&>());
  if (!condition) return condition.error();
  const auto figure = FindFigure(condition->figure);
  if (!figure) {
    return Invalid("there is no figure \"" + condition->figure + "\"; there is: " + FigureNames());
  }
  if (figure->kind == Figure::Kind::kAgreement && !shadow) {
    return Invalid("agreement is measured in shadow only; set \"shadow\": true");
  }
  if (const auto checked = CheckLimit(*condition, *figure); !checked) return checked.error();
  return condition;
}

Result<void> ReadConditions(const Json& list, bool shadow, std::vector<Requirement>& conditions) {
  if (!list.is_array() || list.empty() || list.size() > kRequirementsMax) {
    return Invalid("must be a list of 1 to " + std::to_string(kRequirementsMax) + " conditions");
  }
  for (const Json& text : list) {
    auto condition = ReadCondition(text, shadow);
    if (!condition) return condition.error();
    conditions.push_back(*std::move(condition));
  }
  return {};
}

// `name`: "promote_when"; `list`: "all".
Result<std::optional<GateRule>> ReadRule(const Json& canary, const std::string& name,
                                         std::string_view list, bool shadow) {
  const auto at = canary.find(name);
  if (at == canary.end()) return std::optional<GateRule>();
  const std::string where = "canary." + name;
  const std::array<std::string_view, 3> keys = {list, "alpha", "inputs_min"};
  if (const auto checked = CheckKeys(*at, where, keys); !checked) return checked.error();
  GateRule rule;
  const std::string list_key(list);
  if (const auto read = ReadConditions(at->value(list_key, Json()), shadow, rule.conditions);
      !read) {
    return Annotate(read.error(), where + "." + list_key);
  }
  if (const auto alpha = at->find("alpha"); alpha != at->end()) {
    rule.alpha = alpha->is_number() ? alpha->get<double>() : 0;
    if (!(rule.alpha >= kAlphaMin && rule.alpha <= kAlphaMax)) {
      return Invalid(where + ".alpha is " + alpha->dump() + "; it must be 0.000001 to 0.5");
    }
  }
  if (const auto inputs = at->find("inputs_min"); inputs != at->end()) {
    rule.inputs_min = inputs->is_number_unsigned() ? inputs->get<std::uint64_t>() : 0;
    if (rule.inputs_min < 1 || rule.inputs_min > kInputsMax) {
      return Invalid(where + ".inputs_min is " + inputs->dump() + "; it must be 1 to 1000000000");
    }
  }
  return std::optional(std::move(rule));
}

// In [0, 1). FNV-1a, scrambled, since its high bits hardly depend on the last bytes.
double KeyUnit(std::string_view salt, std::string_view key) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    }
  };
  mix(salt);
  mix(std::string_view("\0", 1));
  mix(key);
  return static_cast<double>(Scramble(hash) >> 11) * 0x1.0p-53;
}

}  // namespace

Result<CanaryConfig> ParseCanary(const nlohmann::json& canary) {
  constexpr std::array<std::string_view, 5> kKeys = {"share", "sticky", "shadow", "promote_when",
                                                     "rollback_when"};
  if (const auto checked = CheckKeys(canary, "canary", kKeys); !checked) return checked.error();
  CanaryConfig config;
  if (const auto share = canary.find("share"); share != canary.end()) {
    config.share = share->is_number() ? share->get<double>() : 0;
    if (!(config.share > 0 && config.share <= 1)) {
      return Invalid("canary.share is " + share->dump() + "; it must be above 0 and at most 1");
    }
  }
  if (auto read = ReadBool(canary, "sticky", "canary", config.sticky); !read) return read.error();
  if (auto read = ReadBool(canary, "shadow", "canary", config.shadow); !read) return read.error();
  auto promote = ReadRule(canary, "promote_when", "all", config.shadow);
  if (!promote) return promote.error();
  config.promote_when = *std::move(promote);
  auto rollback = ReadRule(canary, "rollback_when", "any", config.shadow);
  if (!rollback) return rollback.error();
  config.rollback_when = *std::move(rollback);
  return config;
}

Route ChooseRoute(const CanaryConfig& config, std::string_view key, std::string_view salt,
                  double random) {
  const double unit = config.sticky && !key.empty() ? KeyUnit(salt, key) : random;
  if (unit >= config.share) return Route::kStable;
  return config.shadow ? Route::kBoth : Route::kCanary;
}

}  // namespace credence::serving
