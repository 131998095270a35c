// ModelInfer and ModelStreamInfer of one thread. Confined to it.
#pragma once

#include "api/rpc_service.h"
#include "api/rpc_work.h"
#include "rpc/call.h"

namespace credence::api::kserve {

class InferCall;

class InferHandler {
 public:
  enum class Form { kUnary, kStream };

  explicit InferHandler(RpcContext& context);
  ~InferHandler();

  void Handle(rpc::Responder responder, Form form);

 private:
  friend class InferCall;
  Result<void> Read(InferCall& call);
  void Write(InferCall& call);
  Result<void> WriteOutputs(InferCall& call);
  void Fail(InferCall& call, const Error& error);

  RpcContext& context_;
  WorkPool<InferCall> pool_;
};

}  // namespace credence::api::kserve
