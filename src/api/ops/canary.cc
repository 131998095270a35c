#include "api/ops/canary.h"

#include "base/json_writer.h"

namespace credence::api::ops {

Result<void> Canary(serving::CanaryWatch* watch, const std::string& predictor, std::string& out) {
  const auto status = watch == nullptr ? std::nullopt : watch->Status(predictor);
  if (!status) {
    return Error{Code::kNotFound,
                 "\"" + predictor +
                     "\" has had no canary since the start: there is one while the "
                     "labels stable and canary name two served versions"};
  }
  JsonWriter json(out);
  serving::WriteJson(*status, json);
  return {};
}

}  // namespace credence::api::ops
