#include "serving/catalog.h"

#include <algorithm>

namespace credence::serving {

const Version* ServedPredictor::latest() const {
  for (const ServedVersion& served : versions) {
    if (served.version) return served.version.get();
  }
  return nullptr;
}

Catalog::Catalog(std::vector<ServedPredictor> predictors, std::string default_name)
    : predictors_(std::move(predictors)), default_name_(std::move(default_name)) {
  if (default_name_.empty() && predictors_.size() == 1) default_name_ = predictors_.front().name;
}

Result<VersionPtr> Catalog::Find(std::string_view name, std::optional<std::int64_t> number) const {
  if (predictors_.empty()) return Error{Code::kUnavailable, "no predictor is loaded yet"};
  if (name.empty()) name = default_name_;
  const ServedPredictor* const found = FindPredictor(name);
  if (found == nullptr) return NotThere(name);
  for (const ServedVersion& served : found->versions) {
    if (number && served.number != *number) continue;
    if (served.version) return served.version;
    if (number) {
      return Error{Code::kUnavailable, "version " + std::to_string(*number) + " of \"" +
                                           std::string(name) + "\" was refused: " + served.error};
    }
  }
  if (!number) {
    return Error{Code::kUnavailable, "no version of \"" + std::string(name) + "\" could be loaded"};
  }
  return Error{Code::kNotFound, "version " + std::to_string(*number) + " of \"" +
                                    std::string(name) + "\" is not served"};
}

const ServedPredictor* Catalog::FindPredictor(std::string_view name) const {
  const auto found = std::find_if(predictors_.begin(), predictors_.end(),
                                  [&](const ServedPredictor& p) { return p.name == name; });
  return found == predictors_.end() ? nullptr : &*found;
}

Error Catalog::NotThere(std::string_view name) const {
  std::string names;
  for (const ServedPredictor& served : predictors_) {
    names.append(names.empty() ? "" : ", ").append(served.name);
  }
  if (name.empty()) {
    return {Code::kInvalidArgument,
            "several predictors are served and none is the default; add ?predictor=NAME with one "
            "of: " +
                names};
  }
  return {Code::kNotFound,
          "there is no predictor \"" + std::string(name) + "\"; there is: " + names};
}

bool Catalog::ready() const {
  return !predictors_.empty() &&
         std::all_of(predictors_.begin(), predictors_.end(),
                     [](const ServedPredictor& p) { return p.latest() != nullptr; });
}

}  // namespace credence::serving
