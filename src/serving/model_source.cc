#include "serving/model_source.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace credence::serving {

Labels LabelsOf(std::string_view predictor, const Configuration& configuration) {
  Labels labels;
  for (const LabelFlag& label : configuration.labels) {
    if (label.predictor == predictor) labels[label.label] = label.version;
  }
  return labels;
}

Found ScanSources(const std::vector<ModelSource>& sources) {
  Found found;
  for (const ModelSource& source : sources) {
    auto scanned = Scan(source.base);
    const bool whole = scanned ? scanned->whole : scanned.error().code != Code::kUnavailable;
    found.whole = found.whole && whole;
    if (scanned && scanned->predictors.size() == 1) {
      std::ranges::move(scanned->notes, std::back_inserter(found.notes));
      scanned->predictors[0].name = source.name;
      found.predictors.push_back(std::move(scanned->predictors[0]));
      continue;
    }
    found.notes.push_back(
        "model " + source.name + ": " +
        (scanned ? source.base.string() + " holds several models, but no numbered versions of one"
                 : scanned.error().message));
  }
  std::ranges::sort(found.predictors, {}, &FoundPredictor::name);
  return found;
}

}  // namespace credence::serving
