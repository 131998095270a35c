// PredictionService.Predict of one thread. Confined to it.
#pragma once

#include <memory>

#include "api/rpc_service.h"
#include "api/rpc_work.h"
#include "rpc/call.h"

namespace credence::api::tfs {

class PredictCall;

class PredictHandler {
 public:
  explicit PredictHandler(RpcContext& context);
  ~PredictHandler();

  void Handle(rpc::Responder responder);

 private:
  friend class PredictCall;
  Result<void> Read(PredictCall& call);
  void Write(PredictCall& call);
  Result<void> WriteOutputs(PredictCall& call);

  RpcContext& context_;
  WorkPool<PredictCall> pool_;
};

}  // namespace credence::api::tfs
