#include "api/tensor/select.h"

#include <charconv>
#include <string>
#include <utility>

namespace credence::api::tensor {
namespace {

std::string Cut(std::string_view name) { return std::string(name.substr(0, 200)); }

Error InTensorFlow(const serving::Selector& selector, const Error& why, bool known) {
  std::string text = "Servable not found for request: ";
  if (selector.version) {
    text += "Specific(" + Cut(selector.predictor) + ", " + std::to_string(*selector.version) + ")";
  } else {
    text += "Latest(" + Cut(selector.predictor) + ")";
  }
  return {Code::kNotFound, known ? text + ": " + why.message : text};
}

Error InKserve(const serving::Selector& selector, const Error& why, bool known) {
  const std::string text = "Request for unknown model: '" + Cut(selector.predictor) + "'";
  if (!known) return {Code::kNotFound, text + " is not found"};
  if (selector.version && why.code == Code::kNotFound) {
    return {Code::kNotFound,
            text + " version " + std::to_string(*selector.version) + " is not found"};
  }
  return {Code::kNotFound, text + " has no available versions: " + why.message};
}

}  // namespace

Result<void> ReadVersion(std::string_view text, Dialect dialect, serving::Selector& selector) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= 0) {
    selector.version = number;
    return {};
  }
  if (dialect == Dialect::kTensorFlow) {
    return Error{Code::kInvalidArgument,
                 "Failed to convert version: " + Cut(text) + " to numeric."};
  }
  return Error{Code::kNotFound, "Request for unknown model: '" + Cut(selector.predictor) +
                                    "' version " + Cut(text) +
                                    " is not found: a version is a number"};
}

Result<serving::VersionPtr> FindVersion(const serving::Catalog& catalog,
                                        const serving::Selector& selector, Dialect dialect) {
  auto found = catalog.Find(selector.predictor, selector.version, selector.label);
  if (found) return found;
  const serving::ServedPredictor* known = catalog.FindPredictor(selector.predictor);
  if (known != nullptr && !selector.label.empty() && !known->labels.contains(selector.label)) {
    return Error{Code::kInvalidArgument,
                 "Unrecognized servable version label: " + Cut(selector.label)};
  }
  return dialect == Dialect::kTensorFlow ? InTensorFlow(selector, found.error(), known != nullptr)
                                         : InKserve(selector, found.error(), known != nullptr);
}

void NoteAsked(const serving::Catalog& catalog, const serving::Selector& selector,
               Exchange& exchange) {
  if (selector.predictor.empty()) return;
  const auto found = catalog.Find(selector.predictor, selector.version, selector.label);
  if (found) exchange.predictor = &(*found)->predictor();
}

}  // namespace credence::api::tensor
