#include "api/kserve/rpc.h"

#include <memory>
#include <utility>

#include "api/kserve/rpc_infer.h"
#include "api/kserve/rpc_models.h"
#include "api/kserve/rpc_repository.h"

namespace credence::api::kserve {

std::vector<RpcEndpoint> RpcMethods(RpcContext& context) {
  std::vector<RpcEndpoint> methods = ModelMethods(context);
  for (RpcEndpoint& one : RepositoryMethods(context)) methods.push_back(std::move(one));
  const auto handler = std::make_shared<InferHandler>(context);
  const auto infer = [handler](InferHandler::Form form) {
    return
        [handler, form](rpc::Responder responder) { handler->Handle(std::move(responder), form); };
  };
  methods.push_back({security::Scope::kPredict,
                     {.name = "/inference.GRPCInferenceService/ModelInfer",
                      .handle = infer(InferHandler::Form::kUnary),
                      .admit = [&context](rpc::Call&) { return RefuseOverload(context); }}});
  methods.push_back({security::Scope::kPredict,
                     {.name = "/inference.GRPCInferenceService/ModelStreamInfer",
                      .kind = rpc::Method::Kind::kStream,
                      .handle = infer(InferHandler::Form::kStream)}});
  return methods;
}

}  // namespace credence::api::kserve
