#include "api/rpc_service.h"

#include <algorithm>
#include <iterator>
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
      finisher_(environment.metrics, environment.access_log, environment.clock,
                {.thread = lane, .sink = environment.sink}),
      health_([this](std::string_view service) { return Serving(service); }),
      context_{.environment = environment, .finisher = finisher_, .submitter = submitter_},
      submitter_(lane, environment.core, [weak = thread.weak_from_this()] {
        if (const auto alive = weak.lock()) alive->Wake();
      }) {}

std::vector<rpc::Method> RpcService::Methods() {
  std::vector<rpc::Method> all = health_.Methods();
  const auto add = [&all](std::vector<rpc::Method> more) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
  };
  add(rpc::ReflectionMethods(Services()));
  add(tfs::RpcMethods(context_));
  add(kserve::RpcMethods(context_));
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
  metrics::Increment(environment_.metrics.Refused(HttpStatusOf(status.code)));
  RecordRefused(finisher_, call, status);
}

}  // namespace credence::api
