#include "serving/catalog.h"

#include <algorithm>

namespace credence::serving {
namespace {

// The entry of `version`; nullptr if there is none.
const ServedVersion* FindVersion(const ServedPredictor& predictor, std::int64_t version) {
  const auto found = std::lower_bound(
      predictor.versions.begin(), predictor.versions.end(), version,
      [](const ServedVersion& one, std::int64_t wanted) { return one.number > wanted; });
  return found == predictor.versions.end() || found->number != version ? nullptr : &*found;
}

// The entry that answers when no version is named; nullptr if none does.
const ServedVersion* FindDefault(const ServedPredictor& predictor) {
  if (predictor.default_version == ServedPredictor::kNone) return nullptr;
  if (predictor.default_version != ServedPredictor::kHighest) {
    const ServedVersion* found = FindVersion(predictor, predictor.default_version);
    return found != nullptr && found->version ? found : nullptr;
  }
  for (const ServedVersion& one : predictor.versions) {
    if (one.version) return &one;
  }
  return nullptr;
}

Error NotServed(const ServedPredictor& predictor, std::int64_t number,
                const ServedVersion* version) {
  const std::string which = "version " + std::to_string(number) + " of \"" + predictor.name + "\"";
  if (version == nullptr) return {Code::kNotFound, which + " is not there"};
  if (!version->error.empty()) {
    return {Code::kUnavailable, which + " was refused: " + version->error};
  }
  switch (version->state) {
    case VersionState::kStart:
      if (version->wanted) return {Code::kUnavailable, which + " is not loaded yet"};
      break;
    case VersionState::kLoading:
      return {Code::kUnavailable, which + " is being loaded"};
    case VersionState::kAvailable:
    case VersionState::kUnloading:
    case VersionState::kEnd:
      break;
  }
  return {Code::kNotFound, which + " is not served"};
}

Error NoLabel(const ServedPredictor& predictor, std::string_view label) {
  std::string known;
  for (const auto& [name, version] : predictor.labels) {
    known.append(known.empty() ? "" : ", ").append(name);
  }
  return {Code::kNotFound, "\"" + predictor.name + "\" has no version label \"" +
                               std::string(label) + "\"" +
                               (known.empty() ? "" : "; it has: " + known)};
}

}  // namespace

std::string_view StateWord(const ServedVersion& version) {
  switch (version.state) {
    case VersionState::kLoading:
      return "loading";
    case VersionState::kUnloading:
      return "unloading";
    case VersionState::kAvailable:
      if (version.version) return "serving";
      break;
    case VersionState::kStart:
    case VersionState::kEnd:
      break;
  }
  if (!version.error.empty()) return "refused";
  return version.wanted ? "waiting" : "unloaded";
}

const Version* ServedPredictor::latest() const {
  const ServedVersion* found = FindDefault(*this);
  return found == nullptr ? nullptr : found->version.get();
}

std::string WhyNotReady(const ServedPredictor& predictor) {
  for (const ServedVersion& one : predictor.versions) {
    if (one.state == VersionState::kLoading) {
      return "version " + std::to_string(one.number) + " is being loaded";
    }
  }
  for (const ServedVersion& one : predictor.versions) {
    if (!one.error.empty()) {
      return "version " + std::to_string(one.number) + " was refused: " + one.error;
    }
  }
  return "no version is loaded";
}

Catalog::Catalog(std::vector<ServedPredictor> predictors, Options options)
    : predictors_(std::move(predictors)),
      default_name_(std::move(options.default_name)),
      notes_(std::move(options.notes)),
      loading_(options.loading) {
  std::sort(predictors_.begin(), predictors_.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  if (default_name_.empty() && predictors_.size() == 1) default_name_ = predictors_.front().name;
}

const ServedPredictor* Catalog::FindPredictor(std::string_view name) const {
  const auto found =
      std::lower_bound(predictors_.begin(), predictors_.end(), name,
                       [](const ServedPredictor& p, std::string_view n) { return p.name < n; });
  return found == predictors_.end() || found->name != name ? nullptr : &*found;
}

Result<VersionPtr> Catalog::Find(std::string_view name, std::optional<std::int64_t> number,
                                 std::string_view label) const {
  if (name.empty() && default_name_.empty()) return NoDefault();
  if (name.empty()) name = default_name_;
  const ServedPredictor* predictor = FindPredictor(name);
  if (predictor == nullptr) {
    if (predictors_.empty()) return Error{Code::kUnavailable, "no predictor is loaded yet"};
    return Error{Code::kNotFound,
                 "there is no predictor \"" + std::string(name) + "\"; there is: " + Names()};
  }
  if (!number && !label.empty()) {
    const auto target = predictor->labels.find(label);
    if (target == predictor->labels.end()) return NoLabel(*predictor, label);
    number = target->second;
  }
  const ServedVersion* found = number ? FindVersion(*predictor, *number) : FindDefault(*predictor);
  if (found != nullptr && found->version) return found->version;
  if (number) return NotServed(*predictor, *number, found);
  return Error{Code::kUnavailable,
               "no version of \"" + predictor->name + "\" serves: " + WhyNotReady(*predictor)};
}

std::string Catalog::Names() const {
  std::string names;
  for (const ServedPredictor& one : predictors_) {
    names.append(names.empty() ? "" : ", ").append(one.name);
  }
  return names;
}

Error Catalog::NoDefault() const {
  if (predictors_.empty()) return {Code::kUnavailable, "no predictor is loaded yet"};
  return {Code::kInvalidArgument,
          "several predictors are served and none is the default; add ?predictor=NAME with one "
          "of: " +
              Names()};
}

Result<void> Catalog::Ready(ReadyWhen when) const {
  const auto unavailable = [](std::string why) {
    return Error{Code::kUnavailable, std::move(why)};
  };
  if (loading_) return unavailable("loading");
  if (predictors_.empty()) return unavailable("no predictor is loaded yet");
  if (when == ReadyWhen::kAll) {
    for (const ServedPredictor& one : predictors_) {
      if (one.latest() == nullptr) return unavailable(one.name + ": " + WhyNotReady(one));
    }
    return {};
  }
  if (default_name_.empty()) {
    const bool any = std::any_of(predictors_.begin(), predictors_.end(),
                                 [](const ServedPredictor& p) { return p.latest() != nullptr; });
    if (any) return {};
    return unavailable(predictors_[0].name + ": " + WhyNotReady(predictors_[0]));
  }
  const ServedPredictor* predictor = FindPredictor(default_name_);
  if (predictor == nullptr) {
    return unavailable("the default predictor \"" + default_name_ + "\" is not there");
  }
  if (predictor->latest() == nullptr) {
    return unavailable(predictor->name + ": " + WhyNotReady(*predictor));
  }
  return {};
}

}  // namespace credence::serving
