// Predictions over HTTP: POST /v1/predict and POST /predict.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/exchange.h"
#include "api/native/body.h"
#include "api/native/encode.h"
#include "base/byte_budget.h"
#include "base/clock.h"
#include "http/message.h"
#include "serving/predict.h"

namespace credence::api::native {

enum class Format { kNative, kDigit };  // the wire format of the reply

// One I/O thread's predictions: reads a request, submits it, writes the reply.
// Confined to its I/O thread.
class PredictHandler {
 public:
  // `memory`: what large bodies are read with; nullptr: no limit. The references outlive it.
  PredictHandler(Finisher& finisher, const Clock& clock, std::chrono::milliseconds deadline,
                 ByteBudget* memory);
  ~PredictHandler();

  void Handle(const http::Request& request, http::Responder responder, std::string_view route,
              serving::Submitter& submitter, Format format);

 private:
  class Call;
  std::unique_ptr<Call> Take();
  Result<void> Read(const http::Request& request, Call& call);
  void Write(Call& call);
  void WriteError(Call& call, const Error& error);
  // Write the reply's body. Errors: the answer's.
  Result<void> Encode(Call& call);
  Result<void> EncodeAsField(Call& call);
  void Encoded(Call& call, SteadyTime since);

  Finisher& finisher_;
  const Clock& clock_;
  const std::chrono::milliseconds deadline_;
  ByteBudget* const memory_;
  BodyReader body_reader_;
  std::string body_;                         // of the reply, reused
  std::vector<std::unique_ptr<Call>> free_;  // for reuse
};

}  // namespace credence::api::native
