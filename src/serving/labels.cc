#include "serving/labels.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "base/read_file.h"
#include "serving/repository.h"

namespace credence::serving {
namespace {

using Json = nlohmann::json;

constexpr std::uintmax_t kFileBytesMax = 1 << 20;
constexpr std::size_t kLabelBytesMax = 64;
constexpr std::size_t kLabelsMax = 100;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string NotALabel(const std::string& text) {
  return "\"" + text + "\" is not a version label: a letter, then up to 63 of A-Z a-z 0-9 _ . -";
}

Result<Labels> ParseLabels(const Json& json) {
  if (!json.is_object()) return Invalid("labels is not an object of names and numbers");
  if (json.size() > kLabelsMax) {
    return Invalid(std::to_string(json.size()) + " labels; the limit is " +
                   std::to_string(kLabelsMax));
  }
  Labels labels;
  for (const auto& [label, number] : json.items()) {
    if (!IsLabel(label)) return Invalid(NotALabel(label));
    if (!number.is_number_integer() || number.get<std::int64_t>() < 1) {
      return Invalid("labels." + label + " is " + number.dump() + "; it must be a version number");
    }
    labels[label] = number.get<std::int64_t>();
  }
  return labels;
}

}  // namespace

bool IsLabel(std::string_view text) {
  if (text.empty() || text.size() > kLabelBytesMax || !IsLetter(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsLetter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

Result<PredictorFile> ParsePredictorFile(std::string_view text) {
  if (IsTooDeep(text)) return Error{Code::kDataLoss, std::string(kJsonTooDeep)};
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Error{Code::kDataLoss, "not a JSON object"};
  PredictorFile file;
  for (const auto& [key, value] : json.items()) {
    if (key == "schema") {
      if (value != 1) return Invalid("schema is " + value.dump() + "; this build reads 1");
    } else if (key == "labels") {
      auto labels = ParseLabels(value);
      if (!labels) return labels.error();
      file.labels = *std::move(labels);
    } else if (key == "canary") {
      auto canary = ParseCanary(value);
      if (canary) {
        file.canary = *std::move(canary);
      } else {
        file.canary_error = canary.error().message;
      }
    } else {
      return Invalid("unknown key \"" + key + "\"; known are schema, labels, canary");
    }
  }
  return file;
}

Result<PredictorFile> ReadPredictorFile(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "predictor.json";
  const auto text = ReadTextIfThere(path, kFileBytesMax);
  if (!text) return text.error();
  if (!*text) return PredictorFile{};
  auto file = ParsePredictorFile(**text);
  if (!file) return Annotate(file.error(), path.string());
  if (!file->canary_error.empty()) file->canary_error.insert(0, path.string() + ": ");
  return file;
}

Result<LabelFlag> ParseLabelFlag(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  const std::size_t colon = equals == std::string::npos ? equals : text.rfind(':', equals);
  if (colon == std::string::npos || colon == 0) {
    return Invalid("--label " + text + " is not NAME:LABEL=NUMBER");
  }
  LabelFlag flag{text.substr(0, colon), text.substr(colon + 1, equals - colon - 1), 1};
  if (!IsLabel(flag.label)) return Invalid("--label " + text + ": " + NotALabel(flag.label));
  const auto number = ParseVersionNumber(std::string_view(text).substr(equals + 1));
  if (!number) return Invalid("--label " + text + " does not end in a version number");
  flag.version = *number;
  return flag;
}

Labels Combine(const LabelSources& sources) {
  Labels labels = sources.file;
  for (const auto& [label, version] : sources.flags) labels[label] = version;
  for (const auto& [label, version] : sources.admin) {
    if (version) {
      labels[label] = *version;
    } else {
      labels.erase(label);
    }
  }
  return labels;
}

}  // namespace credence::serving
