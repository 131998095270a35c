#include "serving/model_source.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace credence::serving {

Found ScanSources(const std::vector<ModelSource>& sources) {
  Found found;
  for (const ModelSource& source : sources) {
    auto scanned = Scan(source.base);
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
