#include "api/tfs/rpc.h"

#include <memory>
#include <utility>

#include "api/tfs/rpc_models.h"
#include "api/tfs/rpc_predict.h"
#include "api/tfs/rpc_reload.h"

namespace credence::api::tfs {

std::vector<RpcEndpoint> RpcMethods(RpcContext& context) {
  std::vector<RpcEndpoint> methods = ModelMethods(context);
  for (RpcEndpoint& one : ReloadMethods(context)) methods.push_back(std::move(one));
  const auto predict = std::make_shared<PredictHandler>(context);
  methods.push_back(
      {security::Scope::kPredict,
       {.name = "/tensorflow.serving.PredictionService/Predict",
        .handle = [predict](rpc::Responder responder) { predict->Handle(std::move(responder)); },
        .admit = [&context](rpc::Call&) { return RefuseOverload(context); }}});
  return methods;
}

}  // namespace credence::api::tfs
