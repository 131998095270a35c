// Predictions over HTTP: POST /v1/predict and POST /predict.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/exchange.h"
#include "api/native/body.h"
#include "api/native/encode.h"
#include "base/clock.h"
#include "http/server.h"
#include "serving/execution.h"

namespace credence::api::native {

enum class Answer { kNative, kDigit };  // the wire format of the reply

// One I/O thread's predictions: body in, job through the executor, JSON out.
// Confined to its I/O thread.
class PredictHandler {
 public:
  PredictHandler(serving::Executor& executor, Finisher& finisher, metrics::Metrics& metrics,
                 const Clock& clock, std::chrono::milliseconds deadline);
  ~PredictHandler();

  void Handle(const http::Request& request, http::Responder responder, std::string_view route,
              const serving::Catalog& catalog, Answer answer);

 private:
  class Call;
  Call& Take();
  void Complete(Call& call);
  void Fail(Call& call, const Error& error);
  void Encode(Call& call);

  serving::Executor& executor_;
  Finisher& finisher_;
  metrics::Metrics& metrics_;
  const Clock& clock_;
  const std::chrono::milliseconds deadline_;
  BodyReader body_reader_;
  std::string body_;                          // of the reply, reused
  std::vector<std::unique_ptr<Call>> calls_;  // all, for reuse
  std::vector<Call*> free_;
};

}  // namespace credence::api::native
