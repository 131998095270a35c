#include "api/kserve/rpc_models.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/kserve/describe.h"
#include "api/kserve/rpc_names.h"
#include "api/rpc_json.h"
#include "inference.pb.h"

namespace credence::api::kserve {
namespace {

using namespace inference;
using Failed = std::optional<rpc::Status>;

bool IsReady(RpcContext& context) {
  const Environment& environment = context.environment;
  return !environment.draining && context.submitter.catalog().Ready(environment.ready_when).ok();
}

// Whether the model answers requests, of that version if one is named.
Failed TellReady(RpcContext& context, const ModelReadyRequest& request,
                 ModelReadyResponse& response) {
  const auto found = Find(context.submitter.catalog(), request.name(), request.version());
  if (!found && found.error().code == Code::kInvalidArgument) return StatusOf(found.error());
  response.set_ready(found.ok() && !context.environment.draining);
  return std::nullopt;
}

Failed TellServer(RpcContext& context, ServerMetadataResponse& response) {
  std::string json;
  WriteServer(context.environment.version, json);
  FromJson(json, response);
  return std::nullopt;
}

Failed TellModel(RpcContext& context, const ModelMetadataRequest& request,
                 ModelMetadataResponse& response) {
  const serving::Catalog& catalog = context.submitter.catalog();
  const auto found = Find(catalog, request.name(), request.version());
  if (!found) return StatusOf(found.error());
  std::string json;
  WriteModel(*catalog.FindPredictor((*found)->predictor().name()), **found, json);
  FromJson(json, response);
  return std::nullopt;
}

Failed TellConfig(RpcContext& context, const ModelConfigRequest& request,
                  ModelConfigResponse& response) {
  const auto found = Find(context.submitter.catalog(), request.name(), request.version());
  if (!found) return StatusOf(found.error());
  std::string json;
  WriteConfig(**found, json);
  FromJson(json, *response.mutable_config());
  return std::nullopt;
}

Failed TellStatistics(RpcContext& context, const ModelStatisticsRequest& request,
                      ModelStatisticsResponse& response) {
  const serving::Catalog& catalog = context.submitter.catalog();
  serving::Selector selector;
  if (!request.name().empty()) {
    auto named = ReadName(request.name(), request.version(), selector);
    if (!named) return StatusOf(named.error());
    if (auto found = Find(catalog, request.name(), request.version()); !found) {
      return StatusOf(found.error());
    }
  }
  std::string json;
  WriteStatistics(catalog, request.name(), selector.version, context.environment.clock, json);
  FromJson(json, response);
  return std::nullopt;
}

Failed TellIndex(RpcContext& context, const RepositoryIndexRequest& request,
                 RepositoryIndexResponse& response) {
  std::string list;
  WriteIndex(context.submitter.catalog(), request.ready(), list);
  FromJson("{\"models\":" + list + "}", response);
  return std::nullopt;
}

// `name`: static storage. `answer`: one of the above.
template <class Request, class Response>
rpc::Method Row(RpcContext& context, std::string_view name,
                Failed (*answer)(RpcContext&, const Request&, Response&)) {
  return RpcAtOnce<Request, Response>(
      context, name, [&context, answer](const Request& request, Response& response) {
        return answer(context, request, response);
      });
}

}  // namespace

std::vector<RpcEndpoint> ModelMethods(RpcContext& context) {
  const auto live = [](const ServerLiveRequest&, ServerLiveResponse& response) -> Failed {
    response.set_live(true);
    return std::nullopt;
  };
  const auto ready = [&context](const ServerReadyRequest&,
                                ServerReadyResponse& response) -> Failed {
    response.set_ready(IsReady(context));
    return std::nullopt;
  };
  const auto server = [&context](const ServerMetadataRequest&, ServerMetadataResponse& response) {
    return TellServer(context, response);
  };
  constexpr auto kRead = security::Scope::kRead;
  return {
      {std::nullopt, RpcAtOnce<ServerLiveRequest, ServerLiveResponse>(
                         context, "/inference.GRPCInferenceService/ServerLive", live)},
      {std::nullopt, RpcAtOnce<ServerReadyRequest, ServerReadyResponse>(
                         context, "/inference.GRPCInferenceService/ServerReady", ready)},
      {kRead, RpcAtOnce<ServerMetadataRequest, ServerMetadataResponse>(
                  context, "/inference.GRPCInferenceService/ServerMetadata", server)},
      {kRead, Row(context, "/inference.GRPCInferenceService/ModelReady", TellReady)},
      {kRead, Row(context, "/inference.GRPCInferenceService/ModelMetadata", TellModel)},
      {kRead, Row(context, "/inference.GRPCInferenceService/ModelConfig", TellConfig)},
      {kRead, Row(context, "/inference.GRPCInferenceService/ModelStatistics", TellStatistics)},
      {kRead, Row(context, "/inference.GRPCInferenceService/RepositoryIndex", TellIndex)},
  };
}

}  // namespace credence::api::kserve
