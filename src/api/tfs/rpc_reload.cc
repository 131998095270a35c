#include "api/tfs/rpc_reload.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/control.h"
#include "api/tfs/model_config.h"
#include "tensorflow_serving.pb.h"

namespace credence::api::tfs {
namespace {

using tensorflow::serving::ReloadConfigRequest;
using tensorflow::serving::ReloadConfigResponse;

constexpr std::string_view kReloadRoute =
    "/tensorflow.serving.ModelService/HandleReloadConfigRequest";
constexpr std::chrono::seconds kWaitMax{60};  // then the answer says that it is still going on
constexpr std::size_t kMetricNamesMax = 100;

// A configuration whose models are being loaded.
struct Reload {
  RpcExchange exchange;
  std::vector<std::string> waited;  // for these
  std::string failed;               // "m due to error: …, …"
  std::size_t failures = 0;
  SteadyTime until;
  ReloadConfigResponse response;
};

rpc::Status Refusal() {
  return {rpc::StatusCode::kPermissionDenied,
          "the model configuration is not replaced by calls: start the server with "
          "--tfs-reload-api or --admin-on-public, or change --model-config-file"};
}

// Returns whether it has answered.
bool Look(RpcContext& context, Reload& reload) {
  const auto settled = [&](const std::string& name) {
    const auto now = context.environment.control->Settled(name);
    if (now) return *now;
    ++reload.failures;
    reload.failed.append(reload.failed.empty() ? "" : ", ").append(name);
    reload.failed.append(" due to error: ").append(now.error().message);
    return true;
  };
  std::erase_if(reload.waited, settled);
  if (reload.waited.empty() && reload.failures == 0) {
    reload.exchange.Send(context.finisher, reload.response);
    return true;
  }
  if (reload.waited.empty()) {
    reload.exchange.Fail(context.finisher,
                         {rpc::StatusCode::kUnknown, std::to_string(reload.failures) +
                                                         " model(s) did not become available: {" +
                                                         reload.failed + "}"});
    return true;
  }
  if (context.environment.clock.Now() < reload.until) return false;
  reload.exchange.Fail(context.finisher,
                       {rpc::StatusCode::kDeadlineExceeded,
                        "models are still being loaded; GetModelStatus tells when they serve"});
  return true;
}

Result<void> Begin(RpcContext& context, const ReloadConfigRequest& request, Reload& reload) {
  auto config = ToModelConfig(request.config());
  if (!config) return config.error();
  if (static_cast<std::size_t>(request.metric_names_size()) > kMetricNamesMax) {
    return Error{Code::kInvalidArgument, std::to_string(request.metric_names_size()) +
                                             " metric names; the limit is " +
                                             std::to_string(kMetricNamesMax)};
  }
  // None of TensorFlow Serving's counters is kept, so that none has grown.
  for (const std::string& name : request.metric_names()) {
    auto& metric = *reload.response.add_metric();
    metric.set_name(name);
    metric.set_int64_value_increase(0);
  }
  reload.response.mutable_status();
  for (const serving::ModelSource& source : config->served.sources) {
    const auto* const known = context.submitter.catalog().FindPredictor(source.name);
    const bool serves =
        known != nullptr && known->default_version != serving::ServedPredictor::kNone;
    if (!serves) reload.waited.push_back(source.name);
  }
  return context.environment.control->Configure(std::move(config->served));
}

void Handle(RpcContext& context, rpc::Responder responder) {
  const auto reload = std::make_shared<Reload>();
  reload->exchange.Begin(context.finisher, std::move(responder), kReloadRoute);
  const auto fail = [&](const rpc::Status& status) {
    reload->exchange.Fail(context.finisher, status);
  };
  const Environment& environment = context.environment;
  const bool open = environment.admin_on_public || environment.tfs_reload_api;
  if (environment.control == nullptr || !open) return fail(Refusal());
  ReloadConfigRequest request;
  const rpc::Call& call = reload->exchange.call();
  if (!call.Read(request)) {
    return fail({rpc::StatusCode::kInvalidArgument,
                 "the message is not a tensorflow.serving.ReloadConfigRequest"});
  }
  reload->until = std::min(call.deadline(), environment.clock.Now() + kWaitMax);
  if (const auto begun = Begin(context, request, *reload); !begun) {
    return fail(StatusOf(begun.error()));
  }
  if (Look(context, *reload)) return;
  context.waits.push_back([&context, reload] { return Look(context, *reload); });
}

}  // namespace

std::vector<RpcEndpoint> ReloadMethods(RpcContext& context) {
  return {{security::Scope::kAdmin,
           {.name = std::string(kReloadRoute), .handle = [&context](rpc::Responder responder) {
              Handle(context, std::move(responder));
            }}}};
}

}  // namespace credence::api::tfs
