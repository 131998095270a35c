#include "api/rpc_service.h"

#include <algorithm>
#include <utility>

#include "api/kserve/rpc.h"
#include "api/tfs/rpc.h"
#include "rpc/reflection.h"

namespace credence::api {
namespace {

constexpr std::chrono::milliseconds kWaitsPeriod{50};

const std::vector<std::string>& Services() {
  static const std::vector<std::string> services = {
      "tensorflow.serving.PredictionService", "tensorflow.serving.ModelService",
      "inference.GRPCInferenceService", "grpc.health.v1.Health"};
  return services;
}

}  // namespace

std::optional<rpc::Status> RefuseOverload(RpcContext& context) {
  const auto refused = context.submitter.Overloaded(0);
  if (!refused) return std::nullopt;
  return StatusOf(*refused);
}

RpcService::RpcService(Environment& environment, rpc::Thread& thread, int lane)
    : environment_(environment),
      finisher_(
          environment.metrics, environment.access_log, environment.clock,
          {.thread = lane, .sink = environment.sink, .names = environment.other_metrics.names}),
      gate_(environment, finisher_),
      health_([this](std::string_view service) { return Serving(service); }),
      context_{.environment = environment, .finisher = finisher_, .submitter = submitter_},
      submitter_(lane, environment.core, [weak = thread.weak_from_this()] {
        if (const auto alive = weak.lock()) alive->Wake();
      }) {}

std::vector<rpc::Method> RpcService::Methods() {
  std::vector<rpc::Method> all;
  const auto add = [&](std::optional<security::Scope> needs, std::vector<rpc::Method> methods) {
    for (rpc::Method& method : methods) all.push_back(gate_.Guard({needs, std::move(method)}));
  };
  add(std::nullopt, health_.Methods());
  add(security::Scope::kRead, rpc::ReflectionMethods(Services()));
  for (RpcEndpoint& endpoint : tfs::RpcMethods(context_)) {
    all.push_back(gate_.Guard(std::move(endpoint)));
  }
  for (RpcEndpoint& endpoint : kserve::RpcMethods(context_)) {
    all.push_back(gate_.Guard(std::move(endpoint)));
  }
  return all;
}

std::chrono::milliseconds RpcService::Tick() {
  health_.Tick();
  std::erase_if(context_.waits, [](const std::function<bool()>& done) { return done(); });
  return context_.waits.empty() ? rpc::kTickPeriod : kWaitsPeriod;
}

std::optional<bool> RpcService::Serving(std::string_view service) {
  if (!service.empty() && std::ranges::find(Services(), service) == Services().end()) {
    return std::nullopt;
  }
  return !environment_.draining && submitter_.catalog().Ready(environment_.ready_when).ok();
}

void RpcService::OnRefused(const rpc::Call& call, const rpc::Status& status) {
  RecordRefused(environment_.metrics, finisher_, call, status);
}

}  // namespace credence::api
