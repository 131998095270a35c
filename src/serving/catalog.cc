#include "serving/catalog.h"

#include <algorithm>

namespace credence::serving {

const predictor::Predictor* ServedPredictor::latest() const {
  for (const ServedVersion& served : versions) {
    if (served.predictor) return served.predictor.get();
  }
  return nullptr;
}

Catalog::Catalog(std::vector<ServedPredictor> predictors, std::string default_name)
    : predictors_(std::move(predictors)), default_name_(std::move(default_name)) {
  if (default_name_.empty() && predictors_.size() == 1) default_name_ = predictors_.front().name;
}

Result<PredictorPtr> Catalog::Find(std::string_view name, std::optional<int> version) const {
  if (predictors_.empty()) return Error{Code::kUnavailable, "no predictor is loaded yet"};
  if (name.empty()) name = default_name_;
  std::string names;
  for (const ServedPredictor& served : predictors_) {
    names.append(names.empty() ? "" : ", ").append(served.name);
  }
  if (name.empty()) {
    return Error{Code::kInvalidArgument,
                 "several predictors are served and none is the default; add ?predictor=NAME with "
                 "one of: " +
                     names};
  }
  const auto found = std::find_if(predictors_.begin(), predictors_.end(),
                                  [&](const ServedPredictor& p) { return p.name == name; });
  if (found == predictors_.end()) {
    return Error{Code::kNotFound,
                 "there is no predictor \"" + std::string(name) + "\"; there is: " + names};
  }
  for (const ServedVersion& served : found->versions) {
    if (version && served.version != *version) continue;
    if (served.predictor) return served.predictor;
    if (version) {
      return Error{Code::kUnavailable, "version " + std::to_string(*version) + " of \"" +
                                           std::string(name) + "\" was refused: " + served.error};
    }
  }
  if (!version) {
    return Error{Code::kUnavailable, "no version of \"" + std::string(name) + "\" could be loaded"};
  }
  return Error{Code::kNotFound, "version " + std::to_string(*version) + " of \"" +
                                    std::string(name) + "\" is not served"};
}

bool Catalog::ready() const {
  return !predictors_.empty() &&
         std::all_of(predictors_.begin(), predictors_.end(),
                     [](const ServedPredictor& p) { return p.latest() != nullptr; });
}

}  // namespace credence::serving
