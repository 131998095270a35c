#include "serving/label_file.h"

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "base/read_file.h"
#include "base/write_file.h"

namespace credence::serving {
namespace {

using OrderedJson = nlohmann::ordered_json;  // keys stay in their order

constexpr std::uintmax_t kBytesMax = 1 << 20;

std::filesystem::path FileIn(const std::filesystem::path& folder) {
  return folder / "predictor.json";
}

Result<OrderedJson> Parse(std::string_view text) {
  if (IsTooDeep(text)) return Error{Code::kDataLoss, std::string(kJsonTooDeep)};
  OrderedJson file =
      text.empty() ? OrderedJson{{"schema", 1}} : OrderedJson::parse(text, nullptr, false);
  if (!file.is_object()) return Error{Code::kDataLoss, "not a JSON object"};
  const auto schema = file.find("schema");
  if (schema != file.end() && *schema != 1) {
    return Error{Code::kFailedPrecondition, "schema is " + schema->dump() + "; this build knows 1"};
  }
  OrderedJson& labels = file["labels"];
  if (labels.is_null()) labels = OrderedJson::object();
  if (!labels.is_object()) return Error{Code::kDataLoss, "labels is not an object"};
  return file;
}

// Empty when there is no file.
Result<std::string> Read(const std::filesystem::path& path) {
  auto text = ReadTextIfThere(path, kBytesMax);
  if (!text) return text.error();
  if (!*text) return std::string();
  if ((*text)->empty()) return Error{Code::kDataLoss, path.string() + " is empty"};
  return **std::move(text);
}

}  // namespace

Result<std::string> ChangeLabels(std::string_view text, std::span<const LabelChange> changes) {
  auto file = Parse(text);
  if (!file) return file.error();
  OrderedJson& labels = (*file)["labels"];
  for (const LabelChange& change : changes) {
    if (change.version) {
      labels[change.label] = *change.version;
    } else {
      labels.erase(change.label);
    }
  }
  return file->dump(2) + "\n";
}

Result<void> WriteLabels(const std::filesystem::path& folder,
                         std::span<const LabelChange> changes) {
  const std::filesystem::path path = FileIn(folder);
  const auto old = Read(path);
  if (!old) return old.error();
  const auto changed = ChangeLabels(*old, changes);
  if (!changed) return Annotate(changed.error(), path.string());
  return WriteAtomically(path, *changed);
}

Result<std::optional<std::int64_t>> ReadLabel(const std::filesystem::path& folder,
                                              std::string_view label) {
  const std::filesystem::path path = FileIn(folder);
  const auto text = Read(path);
  if (!text) return text.error();
  const auto file = Parse(*text);
  if (!file) return Annotate(file.error(), path.string());
  const OrderedJson& labels = (*file)["labels"];
  const auto at = labels.find(std::string(label));
  if (at == labels.end() || !at->is_number_integer()) return std::optional<std::int64_t>();
  return std::optional(at->get<std::int64_t>());
}

}  // namespace credence::serving
