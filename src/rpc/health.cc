#include "rpc/health.h"

#include <algorithm>
#include <utility>

#include "health.pb.h"

namespace credence::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr std::size_t kNameBytesMax = 200;

HealthCheckResponse Tell(std::optional<bool> serving) {
  HealthCheckResponse response;
  response.set_status(!serving   ? HealthCheckResponse::SERVICE_UNKNOWN
                      : *serving ? HealthCheckResponse::SERVING
                                 : HealthCheckResponse::NOT_SERVING);
  return response;
}

// The service that is asked about; nullopt: the call has been failed.
std::optional<std::string> ReadService(Responder& responder) {
  HealthCheckRequest request;
  if (!responder.call().Read(request)) {
    responder.Fail({StatusCode::kInvalidArgument, "not a grpc.health.v1.HealthCheckRequest"});
    return std::nullopt;
  }
  if (request.service().size() > kNameBytesMax) {
    responder.Fail({StatusCode::kInvalidArgument,
                    "the service's name has " + std::to_string(request.service().size()) +
                        " bytes; the limit is " + std::to_string(kNameBytesMax)});
    return std::nullopt;
  }
  return request.service();
}

}  // namespace

struct Health::Watcher {
  Responder responder;
  std::shared_ptr<const std::atomic<bool>> cancelled;
  std::string service;
  std::optional<bool> told;
};

Health::Health(std::function<std::optional<bool>(std::string_view)> serving)
    : serving_(std::move(serving)) {}

Health::~Health() = default;

std::vector<Method> Health::Methods() {
  return {{.name = "/grpc.health.v1.Health/Check",
           .handle = [this](Responder responder) { Check(std::move(responder)); }},
          {.name = "/grpc.health.v1.Health/Watch",
           .kind = Method::Kind::kServerStream,
           .handle = [this](Responder responder) { Watch(std::move(responder)); }}};
}

void Health::Check(Responder responder) {
  const auto service = ReadService(responder);
  if (!service) return;
  const auto serving = serving_(*service);
  if (!serving) {
    return responder.Fail({StatusCode::kNotFound, "there is no service \"" + *service + "\""});
  }
  responder.Send(Tell(serving));
}

void Health::Watch(Responder responder) {
  auto service = ReadService(responder);
  if (!service) return;
  if (watchers_.size() == kWatchersMax) {
    return responder.Fail(
        {StatusCode::kResourceExhausted, std::to_string(kWatchersMax) + " clients watch already"});
  }
  const auto serving = serving_(*service);
  responder.Update(Tell(serving));
  auto cancelled = responder.cancelled();
  watchers_.push_back(std::make_unique<Watcher>(
      Watcher{std::move(responder), std::move(cancelled), *std::move(service), serving}));
}

void Health::Tick() {
  std::erase_if(watchers_, [](const auto& watcher) { return watcher->cancelled->load(); });
  for (const auto& watcher : watchers_) {
    const auto serving = serving_(watcher->service);
    if (std::exchange(watcher->told, serving) != serving) watcher->responder.Update(Tell(serving));
  }
}

}  // namespace credence::rpc
