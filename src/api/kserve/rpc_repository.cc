#include "api/kserve/rpc_repository.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/control.h"
#include "api/kserve/repository.h"
#include "inference.pb.h"

namespace credence::api::kserve {
namespace {

using namespace inference;

constexpr std::string_view kLoad = "/inference.GRPCInferenceService/RepositoryModelLoad";
constexpr std::string_view kUnload = "/inference.GRPCInferenceService/RepositoryModelUnload";

// Why a request may not change what is served.
std::optional<rpc::Status> Refusal(const Environment& environment) {
  if (environment.control != nullptr && environment.admin_on_public) return std::nullopt;
  return rpc::Status{rpc::StatusCode::kPermissionDenied, OnlyForOperators()};
}

// A configuration or files that come with a load would change what is served without a trace.
std::optional<rpc::Status> CheckParameters(const RepositoryModelLoadRequest& request) {
  for (const auto& [name, value] : request.parameters()) {
    if (name != "config" && !name.starts_with("file:")) continue;
    return rpc::Status{rpc::StatusCode::kInvalidArgument,
                       "'" + name.substr(0, 80) +
                           "' is not taken: what is served is what stands in the models folder"};
  }
  return std::nullopt;
}

// A load that is under way; answered when it is done.
struct RpcLoad {
  RpcExchange exchange;
  std::string name;
  std::int64_t version = 0;
  SteadyTime until;
};

// Returns whether it has answered.
bool Look(RpcContext& context, RpcLoad& load) {
  const auto settled = context.environment.control->Settled(load.name, load.version);
  if (settled && *settled) {
    load.exchange.Send(context.finisher, RepositoryModelLoadResponse());
    return true;
  }
  if (!settled) {
    load.exchange.Fail(context.finisher, StatusOf(LoadFailed(load.name, settled.error())));
    return true;
  }
  if (context.environment.clock.Now() < load.until) return false;
  load.exchange.Fail(context.finisher,
                     {rpc::StatusCode::kDeadlineExceeded,
                      "'" + load.name + "' is still being loaded; RepositoryIndex tells when"});
  return true;
}

void HandleLoad(RpcContext& context, rpc::Responder responder) {
  auto load = std::make_shared<RpcLoad>();
  load->exchange.Begin(context.finisher, std::move(responder), kLoad);
  const auto fail = [&](const rpc::Status& status) {
    load->exchange.Fail(context.finisher, status);
  };
  RepositoryModelLoadRequest request;
  if (const auto refused = Refusal(context.environment)) return fail(*refused);
  if (!load->exchange.call().Read(request)) {
    return fail({rpc::StatusCode::kInvalidArgument,
                 "the message is not an inference.RepositoryModelLoadRequest"});
  }
  if (const auto refused = CheckParameters(request)) return fail(*refused);
  load->name = request.model_name();
  load->until = context.environment.clock.Now() + kLoadWaitMax;
  const auto version =
      BeginLoad(context.submitter.catalog(), *context.environment.control, load->name);
  if (!version) return fail(StatusOf(version.error()));
  load->version = *version;
  context.waits.push_back([&context, load] { return Look(context, *load); });
}

std::optional<rpc::Status> Unload(RpcContext& context,
                                  const RepositoryModelUnloadRequest& request) {
  if (const auto refused = Refusal(context.environment)) return refused;
  const auto done =
      BeginUnload(context.submitter.catalog(), *context.environment.control, request.model_name());
  if (!done) return StatusOf(done.error());
  return std::nullopt;
}

}  // namespace

std::vector<RpcEndpoint> RepositoryMethods(RpcContext& context) {
  constexpr auto kAdmin = security::Scope::kAdmin;
  return {
      {kAdmin,
       {.name = std::string(kLoad),
        .handle =
            [&context](rpc::Responder responder) { HandleLoad(context, std::move(responder)); }}},
      {kAdmin,
       RpcAtOnce<RepositoryModelUnloadRequest, RepositoryModelUnloadResponse>(
           context, kUnload,
           [&context](const RepositoryModelUnloadRequest& request, RepositoryModelUnloadResponse&) {
             return Unload(context, request);
           })}};
}

}  // namespace credence::api::kserve
